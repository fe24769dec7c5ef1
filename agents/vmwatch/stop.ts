import type { Deadline } from '../../lib/ocf/deadline.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { lives, type ProcessIdentity } from '../../lib/system/process-identity.ts';
import type { WatchContext } from './monitor.ts';
import { readPidFile, removePidFile } from './pid-file.ts';

/** How long the daemon has to end by itself, in milliseconds. */
const graceMs = 3000;

/**
 * Ends the daemon, by force if need be. It always succeeds: a node must not be fenced because of somebody who only
 * watches, and a process that was killed does nothing any more, even if it takes the kernel a while to end it.
 */
export async function stop(context: WatchContext): Promise<Exit> {
  const { host, deadline, log, environment } = context;
  const owner = readPidFile(host.runFolder);
  if (owner !== undefined && lives(owner.daemon)) {
    host.signal(owner.daemon.pid, 'SIGTERM');
    if (!(await isGone(owner.daemon, deadline.within(graceMs), context))) {
      host.signal(owner.daemon.pid, 'SIGKILL');
      if (!(await isGone(owner.daemon, deadline, context)))
        log.warn(`${environment.instance}: the daemon (process ${owner.daemon.pid}) was killed and has not ended yet`);
    }
  }
  endListener(owner?.listener, context);
  removePidFile(host.runFolder);
  return exit.success;
}

/** Ends what a daemon that was killed listened through. */
export function endListener(listener: ProcessIdentity | undefined, { host }: Pick<WatchContext, 'host'>): void {
  if (listener !== undefined && lives(listener)) host.signal(listener.pid, 'SIGKILL');
}

const isGone = (process: ProcessIdentity, deadline: Deadline, { host }: WatchContext) =>
  waitUntil(() => !lives(process), Boolean, deadline, host.clock);
