import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseEvent } from '../../../../lib/history/event.ts';
import { lastEvent, readEvents } from '../../../../lib/history/read.ts';
import { writeEvent } from '../../../../lib/history/write.ts';

let folder: string;
beforeEach(() => {
  const root = mkdtempSync(join(tmpdir(), 'ocf-virt-history-'));
  folder = join(root, 'log');
  onTestFinished(() => rmSync(root, { recursive: true }));
});

const started = (vm: string) => ({ node: 'node1', vm, event: 'started' as const });

it('events are read back in the order in which they happened, and only root can read them', () => {
  const from = Date.now();
  writeEvent(folder, { ...started('vm01'), seconds: 1.5, found: 'absent' });
  writeEvent(folder, { node: 'node1', vm: 'vm02', event: 'failed', action: 'start', exit: 1, reason: 'a\nb' });
  const events = readEvents(folder, {});
  expect(events).toEqual([
    { time: expect.any(Number), node: 'node1', vm: 'vm01', event: 'started', seconds: 1.5, found: 'absent' },
    { time: expect.any(Number), node: 'node1', vm: 'vm02', event: 'failed', action: 'start', exit: 1, reason: 'a b' },
  ]);
  expect(events[0]?.time).toBeGreaterThanOrEqual(from);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'history.jsonl')).mode & 0o777).toBe(0o600);
});

it('a selection is by time and by VM', () => {
  const line = (time: number, vm: string) => `${JSON.stringify({ time, ...started(vm) })}\n`;
  writeEvent(folder, started('vm01'));
  writeFileSync(join(folder, 'history.jsonl'), line(3000, 'vm01') + line(1000, 'vm01') + line(2000, 'vm02'));
  const times = (selection: Parameters<typeof readEvents>[1]) => readEvents(folder, selection).map(({ time }) => time);
  expect(times({})).toEqual([1000, 2000, 3000]);
  expect(times({ sinceMs: 2000 })).toEqual([2000, 3000]);
  expect(times({ untilMs: 2000 })).toEqual([1000, 2000]);
  expect(times({ vm: 'vm01', sinceMs: 1001 })).toEqual([3000]);
});

it('the newest event of a VM is found at the end of a long file', () => {
  for (const [vm, reason] of Object.entries({ vm01: 'old', vm02: 'other' }))
    writeEvent(folder, { ...started(vm), reason });
  expect(lastEvent(folder, 'vm01')?.reason).toBe('old');
  appendFileSync(join(folder, 'history.jsonl'), `${' '.repeat(100_000)}\n`);
  expect(lastEvent(folder, 'vm01')).toBeUndefined();
  writeEvent(folder, { ...started('vm01'), reason: 'new' });
  writeEvent(folder, { ...started('vm02'), reason: 'other' });
  expect(lastEvent(folder, 'vm01')?.reason).toBe('new');
  expect(lastEvent('/nowhere', 'vm01')).toBeUndefined();
});

it('a file that has grown large is put aside, and old ones go', () => {
  const reason = 'x'.repeat(400);
  writeEvent(folder, { ...started('first'), reason });
  const file = join(folder, 'history.jsonl');
  for (let round = 0; round < 7; round += 1) {
    appendFileSync(file, `${JSON.stringify({ time: Date.now(), ...started(`vm${round}`) })}\n${' '.repeat(4 << 20)}\n`);
    writeEvent(folder, started('next'));
    // The files are named after the millisecond.
    const until = Date.now() + 2;
    while (Date.now() < until);
  }
  expect(readdirSync(folder).filter((name) => name !== 'history.jsonl')).toHaveLength(4);
  const vms = readEvents(folder, {}).map(({ vm }) => vm);
  expect(vms).toContain('vm6');
  expect(vms).not.toContain('first');
});

describe('a line', () => {
  it('that a full disk cut off loses nothing but itself', () => {
    const whole = JSON.stringify({ time: 5, ...started('vm01') });
    expect(parseEvent(`${whole.slice(0, 20)}${whole}`)).toEqual({ time: 5, ...started('vm01') });
    expect(parseEvent(whole.slice(0, 20))).toBeUndefined();
  });

  it.each([
    '',
    'text',
    '{"time":1}',
    '{"time":"1","node":"n","vm":"v","event":"started"}',
    '{"time":1,"node":"n","vm":"v","event":"exploded"}',
    '{"time":null}',
  ])('%j is no event', (line) => {
    expect(parseEvent(line)).toBeUndefined();
  });
});

it('a history that cannot be written loses the event, and nothing fails', () => {
  writeEvent('/dev/null/nowhere', started('vm01'));
  writeEvent(folder, started('vm01'));
  rmSync(join(folder, 'history.jsonl'));
  symlinkSync('/dev/full', join(folder, 'history.jsonl'));
  writeEvent(folder, started('vm02'));
  expect(readEvents(folder, {})).toEqual([]);
  expect(readEvents('/nowhere', {})).toEqual([]);
});

it('a history that somebody laid as a link leads nowhere', () => {
  writeEvent(folder, started('vm01'));
  const elsewhere = join(folder, 'elsewhere');
  writeFileSync(elsewhere, '');
  rmSync(join(folder, 'history.jsonl'));
  symlinkSync(elsewhere, join(folder, 'history.jsonl'));
  writeEvent(folder, started('vm02'));
  expect(readFileSync(elsewhere, 'utf8')).toBe('');
});
