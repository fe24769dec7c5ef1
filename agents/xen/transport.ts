import { basename } from 'node:path';
import type { Domain, XenContext } from './domain.ts';

/**
 * Ends the transport of a migration that leaves this node, so that both ends undo it: the receiver destroys its copy
 * and xl lets the guest go on here, within about 4 s. Returns when xl has ended, or after 15 s.
 *
 * Never xl itself: killed at "ready" it leaves the guest suspended for ever (seen on Xen 4.17). Its children are the
 * transport and libxl's save helper.
 */
export async function endSending(domain: Domain, { host, log, deadline }: XenContext): Promise<void> {
  const { leaving } = domain.processes();
  if (leaving.length === 0) return;
  const senders = leaving.filter(({ args }) => args.includes('migrate'));
  for (const { pid, args, parent } of host.processes()) {
    if (!senders.some((sender) => sender.pid === parent) || basename(args[0] ?? '') === 'libxl-save-helper') continue;
    log.warn(`${domain.label} is leaving by a migration: its transport (process ${pid}) is ended`);
    host.signal(pid, 'SIGTERM');
  }
  await domain.lookUntil(() => domain.processes().leaving.length === 0, deadline.within(15_000));
}

/**
 * Ends the transport of a migration that arrives here. Never the receiver itself: killed at "ready" it leaves a
 * suspended guest at the sender and a paused copy here. Its parent is the sshd session, or a shell under it.
 */
export async function endReceiving(domain: Domain, { host, log, deadline }: XenContext): Promise<void> {
  for (const { parent } of domain.processes().receiving) {
    log.warn(`${domain.label} arrives by a migration: its transport (process ${parent}) is ended`);
    host.signal(parent, 'SIGTERM');
  }
  await domain.lookUntil((seen) => seen.kind !== 'incoming' || !seen.inProgress, deadline.within(5000));
}
