import { setTimeout as later } from 'node:timers/promises';
import { memoryHost } from './memory-host.ts';

/** A command that takes time yields what it waits for; whoever runs it lets that time pass. */
export type Work<T> = Generator<Pause, T, void>;

/** Waits at most `ms` milliseconds, less when `until` holds earlier. */
export interface Pause {
  readonly ms: number;
  readonly until?: () => boolean;
}

const cell = new Int32Array(new SharedArrayBuffer(4));

/** Milliseconds since 1970. */
export const now = (): number => memoryHost()?.now() ?? Date.now();

/** Blocks this process for some milliseconds; signals still end it. */
export function sleep(ms: number): void {
  const host = memoryHost();
  if (host) host.elapse(ms);
  else if (ms > 0) Atomics.wait(cell, 0, 0, ms);
}

/** Waits some milliseconds. */
export function* pause(ms: number): Work<void> {
  if (ms > 0) yield { ms };
}

/** Waits until the condition holds or the time is over; tells whether it held. */
export function* waitUntil(condition: () => boolean, ms: number): Work<boolean> {
  if (condition()) return true;
  if (ms <= 0) return false;
  yield { ms, until: condition };
  return condition();
}

/** Blocks until the condition holds or the time is over, in the middle of a change of the state. */
export function blockUntil(condition: () => boolean, ms: number): void {
  for (const end = now() + ms; !condition() && now() < end; ) sleep(20);
}

/** What a function began, where it takes time. */
export function* completed(outcome: unknown): Work<void> {
  if (typeof outcome === 'object' && outcome !== null && 'next' in outcome) yield* outcome as Work<void>;
}

/** Runs a command to its end in the time of this machine. */
export async function drive<T>(work: Work<T>): Promise<T> {
  for (let step = work.next(); ; step = work.next()) {
    if (step.done) return step.value;
    const { ms, until } = step.value;
    const end = Date.now() + ms;
    if (until === undefined) await later(ms);
    else while (!until() && Date.now() < end) await later(5);
  }
}
