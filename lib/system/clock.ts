import { type Deadline, deadlineAt, type Now } from '../ocf/deadline.ts';
import { andThen, type Soon } from './soon.ts';

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
 * Looks again and again until `done`, with growing pauses (20 ms to 500 ms); the last look is returned, done or not. What the
 * first look finds done is there at once.
 *
 * The first pauses are short because most waits end soon; later ones spare a busy host.
 *
 * @param stirs says that there may be something new to see, which ends a pause; asked every 50 ms, so it must cost little.
 * Once it has said so, the pauses are short again, and it is not asked any more.
 */
export function waitUntil<Seen>(
  look: () => Soon<Seen>,
  done: (seen: Seen) => boolean,
  deadline: Deadline,
  clock: Clock,
  stirs?: () => boolean,
): Soon<Seen> {
  const isLast = (seen: Seen) => done(seen) || deadline.passed;
  return andThen(look(), (first) => (isLast(first) ? first : lookAgain(look, isLast, deadline, clock, stirs)));
}

async function lookAgain<Seen>(
  look: () => Soon<Seen>,
  isLast: (seen: Seen) => boolean,
  deadline: Deadline,
  clock: Clock,
  stirs?: () => boolean,
): Promise<Seen> {
  let pause = 20;
  let watched = stirs;
  for (;;) {
    const stirred = await rest(Math.min(pause, deadline.remaining()), clock, watched);
    if (stirred) watched = undefined;
    pause = stirred ? 20 : Math.min(500, pause * 1.5);
    const seen = await look();
    if (isLast(seen)) return seen;
  }
}

/** Waits `ms` milliseconds, or until something stirs: true then. */
export async function rest(ms: number, clock: Clock, stirs?: () => boolean): Promise<boolean> {
  const end = fromNow(ms, clock);
  while (stirs !== undefined && end.remaining() > 50) {
    await clock.sleep(50);
    if (stirs()) return true;
  }
  await clock.sleep(end.remaining());
  return stirs?.() === true;
}

/** A deadline `ms` milliseconds from now. */
export function fromNow(ms: number, clock: Clock): Deadline {
  return deadlineAt(clock.now() + ms, clock.now);
}
