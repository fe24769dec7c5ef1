import type { Clock } from '../../lib/system/clock.ts';

/** A clock that moves only when something sleeps or a test advances it. */
export function fakeClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  return {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}
