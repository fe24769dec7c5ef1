import { mkdirSync, readlinkSync, rmdirSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { now, pause, sleep, type Work } from './clock.ts';
import { stateDir } from './host.ts';
import { memoryHost } from './memory-host.ts';
import { alive, self } from './process.ts';

/**
 * Runs one piece of work while no other command of this host holds the lock of that name.
 *
 * The lock is a symbolic link whose target names the owner, so it appears with its owner in one step, and the lock of
 * a command that was killed is taken over.
 */
export function locked<T>(name: string, work: () => T): T {
  // One piece of work after the other runs in the memory of one process.
  if (memoryHost()) return work();
  const lock = join(stateDir, `${name}.lock`);
  for (let wait = 1; !take(lock); wait = Math.min(wait + 1, 10)) sleep(wait);
  try {
    return work();
  } finally {
    unlinkSync(lock);
  }
}

/** The same for work that takes time. */
export function* lockedWhile<T>(name: string, work: () => Work<T>): Work<T> {
  const lock = join(memoryHost()?.settings.etc ?? stateDir, `${name}.lock`);
  while (!take(lock)) yield* pause(5);
  try {
    return yield* work();
  } finally {
    unlinkSync(lock);
  }
}

function take(lock: string): boolean {
  const me = self();
  try {
    symlinkSync(`${me?.pid}:${me?.start}`, lock);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
    else if (code !== 'EEXIST') throw error;
    else if (isStale(lock)) takeAway(lock);
    return false;
  }
}

function isStale(lock: string): boolean {
  try {
    const [pid, start = ''] = readlinkSync(lock).split(':');
    return !alive({ pid: Number(pid), start });
  } catch {
    return false;
  }
}

/** Only the holder of the guard removes another's lock, after a second look: two at once would remove a fresh one. */
function takeAway(lock: string): void {
  const guard = `${lock}.guard`;
  try {
    mkdirSync(guard);
  } catch {
    if (now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? now()) > 2000) rmdirSync(guard);
    return;
  }
  if (isStale(lock)) unlinkSync(lock);
  rmdirSync(guard);
}
