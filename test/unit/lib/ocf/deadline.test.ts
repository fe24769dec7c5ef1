import fc from 'fast-check';
import { expect, it } from 'vitest';
import { actionDeadline, deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

it('a deadline has time left until it has passed, and then none, never less', () => {
  const clock = fakeClock();
  const deadline = deadlineAt(100, clock.now);
  expect([deadline.remaining(), deadline.passed]).toEqual([100, false]);
  clock.advance(99);
  expect([deadline.remaining(), deadline.passed]).toEqual([1, false]);
  clock.advance(1);
  expect([deadline.remaining(), deadline.passed]).toEqual([0, true]);
  clock.advance(1000);
  expect([deadline.remaining(), deadline.passed]).toEqual([0, true]);
});

it('a deadline within another one is never later than that', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 20_000 })), { maxLength: 8 }),
      (at, steps) => {
        const clock = fakeClock();
        let deadline = deadlineAt(at, clock.now);
        for (const [wait, ms] of steps) {
          clock.advance(wait);
          const outer = deadline.remaining();
          deadline = deadline.within(ms);
          expect(deadline.remaining()).toBe(Math.min(outer, ms));
        }
      },
    ),
  );
});

it('a deadline within a time that is already used up has passed', () => {
  const clock = fakeClock();
  expect(deadlineAt(100, clock.now).within(0).passed).toBe(true);
});

it.each([
  [20_000, 18_000],
  [1000, 900],
  [50_000, 45_000],
  [600_000, 595_000],
])('an action of %i ms must be done at %i ms: a tenth earlier, at most 5 s', (timeout, at) => {
  expect(actionDeadline(timeout, fakeClock().now).remaining()).toBe(at);
});

it('the time that the process took before counts', () => {
  const clock = fakeClock();
  clock.advance(400);
  expect(actionDeadline(1000, clock.now).remaining()).toBe(500);
});
