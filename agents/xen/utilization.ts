import { setUtilization } from '../../lib/cluster/attributes.ts';
import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { configNumber } from '../../lib/hypervisor/xen/xl-config.ts';
import { readConfig } from './config.ts';
import type { Domain, XenContext } from './domain.ts';

/**
 * Writes cpu and hv_memory (MiB) into the utilization of the resource, each only when it changed: every write is a new
 * transition of the cluster. The memory is the configured maximum, because what `xl list` shows moves with the balloon.
 */
export async function publishUtilization(
  state: VmState & { kind: 'running' },
  domain: Domain,
  context: XenContext,
): Promise<void> {
  const { parameters, host, environment, deadline, log } = context;
  const facts = domain.memory.read();
  const wanted: Record<string, number | undefined> = {
    cpu: parameters.autoset_utilization_cpu ? state.vcpus : undefined,
    hv_memory: parameters.autoset_utilization_hv_memory
      ? (configuredMemory(parameters.xmfile) ?? state.memoryMiB)
      : undefined,
  };
  const written: Record<string, number> = { ...facts?.utilization };
  for (const [name, value] of Object.entries(wanted)) {
    if (value === undefined || written[name] === value) continue;
    if (setUtilization(host.runner, environment.instance, name, value, deadline)) written[name] = value;
    else log.warn(`${domain.label}: the utilization ${name}=${value} could not be written`);
  }
  if (facts !== undefined && JSON.stringify(written) !== JSON.stringify(facts.utilization ?? {})) {
    domain.memory.write({ ...facts, utilization: written });
  }
}

function configuredMemory(file: string): number | undefined {
  try {
    const config = readConfig(file);
    return configNumber(config, 'maxmem') ?? configNumber(config, 'memory');
  } catch {
    return undefined;
  }
}
