import { spawn } from 'node:child_process';
import { now } from './clock.ts';
import type { State } from './domain.ts';
import { memoryHost } from './memory-host.ts';
import { alive, identify, selfCommand } from './process.ts';

/** Whether a timer runs that will go off in time. */
export function timerStands(timer: State['timer'], at: number): boolean {
  return timer !== null && timer.at <= at && alive(timer.process);
}

/**
 * Starts the process that looks at the state when the next thing comes due, so that a guest ends, and its daemon with
 * it, also while nobody asks.
 */
export function startTimer(at: number): State['timer'] {
  if (memoryHost()) return null;
  const seconds = Math.max(at - now() + 1, 1) / 1000;
  const [file, ...args] = selfCommand();
  const child = spawn('/bin/sh', ['-c', 'sleep "$0"; exec "$@"', seconds.toFixed(3), file, ...args, 'settle'], {
    detached: true,
    cwd: '/',
    stdio: 'ignore',
  });
  child.on('error', () => {});
  child.unref();
  const process = child.pid === undefined ? undefined : identify(child.pid);
  return process ? { process, at } : null;
}
