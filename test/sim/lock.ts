import { mkdirSync, readlinkSync, rmdirSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './clock.ts';
import { stateDir } from './host.ts';
import { alive, identify } from './process.ts';

/**
 * Runs one piece of work while no other command of this host holds the lock of that name.
 *
 * The lock is a symbolic link whose target names the owner, so it appears with its owner in one step, and the lock of
 * a command that was killed is taken over.
 */
export function locked<T>(name: string, work: () => T): T {
  const lock = join(stateDir, `${name}.lock`);
  const me = identify(process.pid);
  const owner = `${process.pid}:${me?.start}`;
  for (let wait = 1; ; wait = Math.min(wait + 1, 10)) {
    try {
      symlinkSync(owner, lock);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      else if (code !== 'EEXIST') throw error;
      else if (isStale(lock)) takeAway(lock);
      else sleep(wait);
    }
  }
  try {
    return work();
  } finally {
    unlinkSync(lock);
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
    if (Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 2000) rmdirSync(guard);
    sleep(2);
    return;
  }
  if (isStale(lock)) unlinkSync(lock);
  rmdirSync(guard);
}
