import { nodeNames } from '../cluster-nodes.ts';
import { migrationRate, migrationTimeout, secondsToMigrate, speedOfAddress } from '../migration-rate.ts';
import type { Check, ClusterFacts, Finding } from './check.ts';
import { factsOf, memoryOf, setTimeoutCommand, timeoutOf, type Vm, vmsOf } from './read.ts';

export const migrationTimeoutCheck: Check = {
  id: 'migration-timeout',
  about:
    'the memory of a VM does not get across the migration network within the timeouts of migrate_to and migrate_from',
  find: (facts) => {
    const vms = vmsOf(facts.cib);
    // A node is drained while another one is down.
    const share = Math.ceil(vms.length / Math.max(1, nodeNames(facts.cib).length - 1));
    const limit = Number(facts.cib.properties['migration-limit'] ?? 0);
    const atOnce = Math.max(1, limit > 0 ? Math.min(limit, share) : share);
    return vms.flatMap((vm): Finding[] => {
      const memory = memoryOf(facts, vm);
      if (!vm.isMigratable || vm.hypervisor !== 'xen' || memory === undefined) return [];
      const rate = migrationRate(facts.measuredRate, slowestLink(facts, vm));
      const needed = secondsToMigrate(memory, rate, atOnce);
      const short = (['migrate_to', 'migrate_from'] as const)
        .map((name) => ({ name, seconds: timeoutOf(facts.cib, vm, name) }))
        // The agent gives up at nine tenths, to clean up.
        .filter(({ seconds }) => seconds * 0.9 < needed);
      if (short.length === 0) return [];
      const wanted = migrationTimeout(memory, rate, atOnce);
      return [
        {
          severity: 'warning',
          what: `${vm.id} may not migrate in time: its memory takes about ${needed} s.`,
          evidence: [
            `${memory} MiB at ${rate.mibPerSecond} MiB/s (${rate.basis})${atOnce > 1 ? `, ${atOnce} migrations at once` : ''}`,
            ...short.map(({ name, seconds }) => `timeout of ${name}: ${seconds} s`),
          ],
          remedy: short.map(({ name }) => setTimeoutCommand(vm, name, wanted)),
        },
      ];
    });
  },
};

/** Megabits per second of the slowest link that migrations of this VM use; undefined when none is known. */
function slowestLink(facts: ClusterFacts, vm: Vm): number | undefined {
  const attribute = vm.parameters['node_ip_attribute'];
  if (attribute === undefined) return undefined;
  const speeds = factsOf(facts, 'network').flatMap(([name, network]) => {
    const node = facts.cib.nodes.find((one) => one.name === name);
    const address = node?.attributes[attribute] ?? node?.transient[attribute];
    return address === undefined ? [] : (speedOfAddress(network, address) ?? []);
  });
  return speeds.length === 0 ? undefined : Math.min(...speeds);
}
