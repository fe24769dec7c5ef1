import { type Deadline, deadlineAt, type Now } from '../ocf/deadline.ts';

/** Time as actions see it, so that tests need not wait. */
export interface Clock {
  readonly now: Now;
  /** Waits `ms` milliseconds. */
  sleep(ms: number): Promise<void>;
}

/** The clock of this machine: monotonic, zero at the start of the process. */
export const machineClock: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/**
 * Looks again and again until `done`, with growing pauses (20 ms to 500 ms); the last look is returned, done or not.
 *
 * The first pauses are short because most waits end soon; later ones spare a busy host.
 */
export async function waitUntil<Seen>(
  look: () => Seen | Promise<Seen>,
  done: (seen: Seen) => boolean,
  deadline: Deadline,
  clock: Clock,
): Promise<Seen> {
  let pause = 20;
  for (;;) {
    const seen = await look();
    if (done(seen) || deadline.passed) return seen;
    await clock.sleep(Math.min(pause, deadline.remaining()));
    pause = Math.min(500, pause * 1.5);
  }
}

/** A deadline `ms` milliseconds from now. */
export function fromNow(ms: number, clock: Clock): Deadline {
  return deadlineAt(clock.now() + ms, clock.now);
}
