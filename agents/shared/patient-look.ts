import type { Deadline } from '../../lib/ocf/deadline.ts';
import { type Clock, fromNow, waitUntil } from '../../lib/system/clock.ts';
import { andThen, type Soon } from '../../lib/system/soon.ts';

/** A VM's state as a toolstack tells it, of whatever hypervisor; `unknown` is that it gave no answer. */
interface Told {
  readonly kind: string;
}

/** Looks until `done` or the deadline, and returns the last look; sooner again when something stirs, see waitUntil. */
type PatientLook<State> = (done: (state: State) => boolean, deadline: Deadline, stirs?: () => boolean) => Soon<State>;

/**
 * Makes of one look a look that goes on: a toolstack that does not answer is asked again until its patience ends. There is
 * one patience for the whole action, however often it waits: from the beginning of the first unanswered look.
 *
 * @param patienceSeconds toolstack_timeout; undefined for the deadline alone.
 */
export function patientLook<State extends Told>(
  look: (deadline: Deadline) => Soon<State>,
  patienceSeconds: number | undefined,
  clock: Clock,
): PatientLook<State> {
  let silent: Deadline | undefined;
  return (done, deadline, stirs) => {
    let seen: State | undefined;
    const lookInTime = (): Soon<State> => {
      // Without time for an answer, what was seen before tells more than that there was none.
      if (seen !== undefined && deadline.remaining() < 250) return seen;
      const patience = patienceSeconds === undefined ? undefined : (silent ?? fromNow(patienceSeconds * 1000, clock));
      const limit = patience === undefined ? deadline : deadline.within(Math.max(1000, patience.remaining()));
      return andThen(look(limit), (state) => {
        silent = state.kind === 'unknown' ? patience : undefined;
        seen = state;
        return state;
      });
    };
    return waitUntil(lookInTime, (state) => done(state) || silent?.passed === true, deadline, clock, stirs);
  };
}
