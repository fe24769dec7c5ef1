import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import type { Soon } from '../../lib/system/soon.ts';
import type { Domain, Facts, XenContext } from './domain.ts';

/**
 * Remembers a domain that was just seen, tells a reboot by its new domain id, and writes only what changed.
 *
 * @param before what was remembered of this run of the VM; undefined after a start or an arrival.
 */
export function remember(state: VmState, before: Facts | undefined, domain: Domain, context: XenContext): Soon<void> {
  const id = 'id' in state ? state.id : undefined;
  if (id === undefined || (before?.id === id && !before.unknownMonitors)) return undefined;
  return rememberAnew(id, before, domain, context);
}

async function rememberAnew(
  id: number,
  before: Facts | undefined,
  domain: Domain,
  { log, parameters: { xmfile }, host, environment }: XenContext,
): Promise<void> {
  if (before?.id !== undefined && before.id !== id) {
    log.warn(
      `${domain.label} was rebooted or restarted outside the cluster: its domain id was ${before.id} and is ${id}`,
    );
    const { recordReboot } = await import('./record-reboot.ts');
    recordReboot(environment.instance, id, environment.nodeName, host.logFolder);
  }
  if (before?.unknownMonitors) {
    log.info(`${domain.label}: the toolstack answers again after ${before.unknownMonitors} unanswered monitors`);
  }
  domain.memory.write({ ...before, name: domain.name, xmfile, id, unknownMonitors: 0 });
}
