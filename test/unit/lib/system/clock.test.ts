import { describe, expect, it } from 'vitest';
import { fromNow, machineClock, waitUntil } from '../../../../lib/system/clock.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

describe('a wait', () => {
  it('ends with the first look that is enough, without a pause', async () => {
    const clock = fakeClock();
    expect(
      await waitUntil(
        () => 'seen',
        () => true,
        fromNow(1000, clock),
        clock,
      ),
    ).toBe('seen');
    expect(clock.now()).toBe(0);
  });

  it('looks at least once, even when no time is left', async () => {
    const clock = fakeClock();
    expect(
      await waitUntil(
        () => 'seen',
        () => false,
        fromNow(0, clock),
        clock,
      ),
    ).toBe('seen');
  });

  it('looks soon at first, then less often, never less than twice a second', async () => {
    const clock = fakeClock();
    const times: number[] = [];
    await waitUntil(
      () => times.push(clock.now()),
      () => false,
      fromNow(10_000, clock),
      clock,
    );
    const pauses = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    expect(pauses[0]).toBe(20);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(500);
    expect(times.length).toBeLessThan(40);
  });

  it('ends at its deadline with a last look', async () => {
    const clock = fakeClock();
    const last = await waitUntil(
      () => clock.now(),
      () => false,
      fromNow(777, clock),
      clock,
    );
    expect([last, clock.now()]).toEqual([777, 777]);
  });
});

it('the clock of the machine goes on while it sleeps', async () => {
  const from = machineClock.now();
  await machineClock.sleep(30);
  expect(machineClock.now() - from).toBeGreaterThanOrEqual(25);
});
