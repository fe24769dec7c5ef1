import { basename } from 'node:path';
import { waitUntil } from '../../lib/system/clock.ts';
import type { Process } from '../../lib/system/process-table.ts';
import type { Domain, XenContext } from './domain.ts';

/** How long a transport has to end by itself before it is killed. */
const patienceMs = 5000;

/**
 * Ends the transport of a migration that leaves this node, so that both ends undo it: the receiver destroys its copy
 * and xl lets the guest go on here, within about 4 s. Returns when xl has ended, or after 15 s.
 *
 * Never xl itself: killed at "ready" it leaves the guest suspended for ever (seen on Xen 4.17). Its children are the
 * transport and libxl's save helper. They are looked for again and again, because xl may be about to start them.
 *
 * @param id the domain's id, where it is known: somebody may have told xl that instead of the name.
 * @returns whether there was one.
 */
export async function endSending(domain: Domain, { host, log, deadline }: XenContext, id?: number): Promise<boolean> {
  let wasThere = false;
  const since = new Map<number, number>();
  const end = (): boolean => {
    const { leaving } = domain.processes(id);
    wasThere ||= leaving.length > 0;
    const senders = leaving.filter(({ args }) => args.includes('migrate'));
    const transports = host
      .processes()
      .filter(({ parent, args }) => senders.some(({ pid }) => pid === parent) && !isSaveHelper(args));
    for (const { pid } of transports) {
      const first = since.get(pid);
      if (first === undefined) {
        log.warn(`${domain.label} is leaving by a migration: its transport (process ${pid}) is ended`);
        since.set(pid, host.clock.now());
        host.signal(pid, 'SIGTERM');
      } else if (host.clock.now() - first > patienceMs) host.signal(pid, 'SIGKILL');
    }
    return leaving.length === 0;
  };
  await waitUntil(end, Boolean, deadline.within(15_000), host.clock);
  return wasThere;
}

const isSaveHelper = (args: readonly string[]) => basename(args[0] ?? '') === 'libxl-save-helper';

/**
 * Ends the transport of a migration that arrives here. Never the receiver itself: killed at "ready" it leaves a
 * suspended guest at the sender and a paused copy here. Its parent is the sshd session, or a shell under it.
 *
 * @param id the id of the copy that arrives: other domains may arrive at the same time.
 */
export async function endReceiving(
  domain: Domain,
  { host, log, deadline }: XenContext,
  id: number | undefined,
): Promise<void> {
  for (const receiver of domain.processes(id).receiving) endTransportOf(receiver, domain, host, log);
  await domain.lookUntil((seen) => seen.kind !== 'incoming' || !seen.inProgress, deadline.within(patienceMs));
}

/** Ends what a receiver hears of the sender by. */
export function endTransportOf(
  receiver: Process,
  domain: Domain,
  host: XenContext['host'],
  log: XenContext['log'],
): void {
  for (const pid of transportOf(receiver, host.processes())) {
    log.warn(`${domain.label} arrives by a migration: its transport (process ${pid}) is ended`);
    host.signal(pid, 'SIGTERM');
  }
}

/** A receiver whose transport has ended already belongs to process 1, which some init systems take a SIGTERM from. */
function transportOf({ parent }: Process, all: readonly Process[]): number[] {
  if (parent <= 1) return [];
  const found = all.find(({ pid }) => pid === parent);
  const isShell = /^-?(a|ba|da|k|z)?sh$/.test(basename(found?.args[0] ?? ''));
  return found !== undefined && isShell ? [parent, ...transportOf(found, all)] : [parent];
}
