import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { askLimit, judge, type Wanted } from '../../../../cli/alarm/limit.ts';

const minute = 60_000;
/** Alarms at these minutes, each about something else unless it is named. */
const at = (...minutes: (number | [number, string])[]): Wanted[] =>
  minutes.map((one, index) => {
    const [time, subject] = typeof one === 'number' ? [one, `subject ${index}`] : one;
    return { time: time * minute, subject, id: String(index) };
  });
const sentOf = (wanted: readonly Wanted[], limit: number) =>
  wanted.map(({ id }) => judge(wanted, id, limit)).map(({ send }) => send);

it('no more than the limit are sent in an hour, and the last one says until when', () => {
  const wanted = at(0, 1, 2, 3, 61, 62);
  expect(sentOf(wanted, 2)).toEqual([true, true, false, false, true, true]);
  expect(judge(wanted, '0', 2)).toEqual({ send: true, heldBack: 0 });
  expect(judge(wanted, '1', 2)).toEqual({ send: true, heldBack: 0, silentUntilMs: 60 * minute });
  expect(judge(wanted, '4', 2)).toMatchObject({ send: true, heldBack: 2 });
});

it('the same is not sent twice within five minutes', () => {
  expect(sentOf(at([0, 'a'], [1, 'a'], [1, 'b'], [4.9, 'a'], [5.1, 'a']), 100)).toEqual([
    true,
    false,
    true,
    false,
    true,
  ]);
});

it('a limit of 0 is none', () => {
  expect(sentOf(at(...Array.from({ length: 50 }, (_, index) => index / 100)), 0)).not.toContain(false);
});

it('in no hour are more sent than the limit, and the first one always is', () => {
  const times = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.constantFrom('a', 'b', 'c', 'd')), {
    minLength: 1,
    maxLength: 40,
  });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 5 }), (given, limit) => {
      const wanted = at(...given.sort(([one], [other]) => one - other));
      const verdicts = sentOf(wanted, limit);
      expect(verdicts[0]).toBe(true);
      const sent = wanted.filter((_, index) => verdicts[index]);
      for (const { time } of sent)
        expect(sent.filter((one) => one.time >= time && one.time < time + 60 * minute).length).toBeLessThanOrEqual(
          limit,
        );
    }),
  );
});

it('each recipient has a count of its own, in a file that only its owner can read and that does not grow for ever', () => {
  const root = mkdtempSync(join(tmpdir(), 'ocf-virt-limit-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'alarms');
  const ask = (recipient: string, subject: string) =>
    askLimit(folder, recipient, { time: Date.now(), subject, id: `${Math.random()}` }, 1).send;
  expect([ask('a', '1'), ask('a', '2'), ask('b', '1')]).toEqual([true, false, true]);
  for (let count = 0; count < 1200; count += 1) ask('c', 'x'.repeat(250));
  const files = readdirSync(folder).map((name) => statSync(join(folder, name)));
  expect(files).toHaveLength(3);
  expect(files.every(({ mode }) => (mode & 0o777) === 0o600)).toBe(true);
  expect(Math.max(...files.map(({ size }) => size))).toBeLessThan(400_000);
});
