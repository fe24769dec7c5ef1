/** A point in time that no work of an action may pass, in milliseconds of the clock that made it. */
export interface Deadline {
  /** Milliseconds left, never negative. */
  remaining(): number;
  readonly passed: boolean;
  /** An earlier deadline: at most `ms` from now. */
  within(ms: number): Deadline;
}

/** Monotonic milliseconds since the process began, so that a clock set by NTP changes no deadline. */
export type Now = () => number;

/** A deadline at `at` milliseconds of `now`. */
export function deadlineAt(at: number, now: Now): Deadline {
  return {
    remaining: () => Math.max(0, at - now()),
    get passed() {
      return now() >= at;
    },
    within: (ms) => deadlineAt(Math.min(at, now() + ms), now),
  };
}

/**
 * The deadline of an action that Pacemaker gave `timeoutMs`.
 *
 * Pacemaker ends a late action with SIGKILL to its process group and no SIGTERM before (measured with 2.1.5), so the
 * agent must be done a little earlier, with time to clean up and to say why: a tenth of the time, at most 5 s.
 */
export function actionDeadline(timeoutMs: number, now: Now): Deadline {
  return deadlineAt(timeoutMs - Math.min(5000, timeoutMs / 10), now);
}
