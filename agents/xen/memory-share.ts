import { readInfo } from '../../lib/hypervisor/xen/xl.ts';
import { type Config, configNumber } from '../../lib/hypervisor/xen/xl-config.ts';
import { completeList } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Domain, XenContext } from './domain.ts';

/**
 * Takes memory from the running VMs for one more, and returns its share in MiB (never above its `maxmem`).
 *
 * The configuration file stays as it is: the old agent wrote the share into it with sed, on shared storage.
 */
export function makeRoom(domain: Domain, config: Config, context: XenContext): number {
  const share = shareOut(domain, context, 1);
  return Math.min(share, configNumber(config, 'maxmem') ?? share);
}

/** Gives the memory of a VM that left to the ones that still run here. */
export function giveBack(domain: Domain, context: XenContext): void {
  try {
    shareOut(domain, context, 0);
  } catch (error) {
    context.log.warn(
      `${domain.label}: the memory of the other VMs was not changed: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Sets every running guest to its equal share in MiB, with `newcomers` counted in, and returns the share. */
function shareOut(domain: Domain, { host, parameters, deadline, log }: XenContext, newcomers: 0 | 1): number {
  const total = readInfo(host.runner, deadline.within(10_000)).get('total_memory') ?? 0;
  const rows = completeList(host.runner.query('xl', ['list'], deadline.within(10_000)));
  if ('why' in rows) throw new Error(rows.why);
  const others = rows.filter(
    ({ id, name, flags }) =>
      id !== 0 &&
      name !== domain.name &&
      flags.stopped === 'none' &&
      !flags.dying &&
      !/^\(null\)$|--incoming$/.test(name),
  );
  const guests = others.length + newcomers;
  const share = Math.floor(Math.max(0, total - parameters.reserved_Dom0_memory) / Math.max(1, guests));
  for (const { name, id } of others) {
    log.info(`memory of ${name} is set to ${share} MiB`);
    domain.xl.setMemory(String(id), share, deadline.within(10_000));
  }
  return share;
}
