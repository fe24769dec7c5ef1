import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import type { Domain, Facts, XenContext } from './domain.ts';

/** Remembers a domain that was just seen, tells a reboot by its new domain id, and writes only what changed. */
export function remember(state: VmState, domain: Domain, { log, parameters: { xmfile } }: XenContext): void {
  const id = 'id' in state ? state.id : undefined;
  if (id === undefined) return;
  const facts = domain.memory.read();
  const same = facts?.name === domain.name && facts.xmfile === xmfile;
  if (same && facts.id === id && !facts.unknownMonitors) return;
  if (same && facts.id !== undefined && facts.id !== id) {
    log.warn(
      `${domain.label} was rebooted or restarted outside the cluster: its domain id was ${facts.id} and is ${id}`,
    );
  }
  if (facts?.unknownMonitors) {
    log.info(`${domain.label}: the toolstack answers again after ${facts.unknownMonitors} unanswered monitors`);
  }
  const fresh: Facts = { ...(same ? facts : {}), name: domain.name, xmfile, id, unknownMonitors: 0 };
  domain.memory.write(fresh);
}
