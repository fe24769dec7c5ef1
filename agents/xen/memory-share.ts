import { type Config, configNumber } from '../../lib/hypervisor/xen/xl-config.ts';
import { readInfo } from '../../lib/hypervisor/xen/xl-info.ts';
import type { DomainRow } from '../../lib/hypervisor/xen/xl-list.ts';
import { completeList } from '../../lib/hypervisor/xen/xl-look.ts';
import { failed } from '../../lib/ocf/error.ts';
import type { Domain, XenContext } from './domain.ts';

/**
 * Takes memory from the running VMs for one more, and returns its share in MiB (never above its `maxmem`).
 *
 * The configuration file stays as it is: the old agent wrote the share into it with sed, on shared storage.
 */
export function makeRoom(domain: Domain, config: Config, context: XenContext): number {
  const share = shareOut(({ name }) => name !== domain.name, 1, domain, context);
  return Math.min(share, configNumber(config, 'maxmem') ?? share);
}

/** Gives the memory of a VM that left to the ones that still run here. */
export function giveBack(domain: Domain, context: XenContext): void {
  tryToShare(({ name }) => name !== domain.name, domain, context);
}

/** Shares the memory among all VMs that run here, this one that arrived included. */
export function shareAnew(domain: Domain, context: XenContext): void {
  tryToShare(() => true, domain, context);
}

function tryToShare(isCounted: (row: DomainRow) => boolean, domain: Domain, context: XenContext): void {
  try {
    shareOut(isCounted, 0, domain, context);
  } catch (error) {
    context.log.warn(
      `${domain.label}: the memory of the other VMs was not changed: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Sets every running guest that counts to its equal share in MiB, with `newcomers` counted in; returns the share. */
function shareOut(
  isCounted: (row: DomainRow) => boolean,
  newcomers: 0 | 1,
  domain: Domain,
  { host, parameters, deadline, log }: XenContext,
): number {
  const total = readInfo(host.runner, deadline.within(10_000)).get('total_memory') ?? 0;
  const rows = completeList(host.runner.query('xl', ['list'], deadline.within(10_000)));
  if ('why' in rows) throw failed(`${domain.label}: ${rows.why}`, 'look whether xl list works on this node');
  const guests = rows.filter(
    (row) =>
      row.id !== 0 &&
      row.flags.stopped === 'none' &&
      !row.flags.dying &&
      !/^\(null\)$|--incoming$/.test(row.name) &&
      isCounted(row),
  );
  const available = Math.max(0, total - parameters.reserved_Dom0_memory);
  const share = Math.floor(available / Math.max(1, guests.length + newcomers));
  for (const { name, id } of guests) {
    log.info(`memory of ${name} is set to ${share} MiB`);
    domain.xl.setMemory(String(id), share, deadline.within(10_000));
  }
  return share;
}
