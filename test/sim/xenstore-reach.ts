import { sleep } from './clock.ts';

/** How this command finds xenstore. */
let xenstore: 'answers' | 'unreachable' | 'hangs' = 'answers';

/** A fault of this one command. */
export function breakXenstore(how: 'unreachable' | 'hangs'): void {
  xenstore = how;
}

/** Whether this command can read names, which are in xenstore. */
export const namesKnown = (): boolean => xenstore !== 'unreachable';

/** Waits for xenstore, for ever when it does not answer. */
export function awaitXenstore(): void {
  if (xenstore === 'hangs') sleep(Number.POSITIVE_INFINITY);
}
