import { nodeNames } from '../cluster-nodes.ts';
import type { Check, ClusterFacts, Finding } from './check.ts';
import { factsOf, isWanted, memoryOf, vmsOf } from './read.ts';

export const memory: Check = {
  id: 'memory',
  about: 'the VMs do not fit into the memory of the other nodes when one fails',
  find: (facts): Finding[] => {
    const { cib } = facts;
    const nodes = nodeNames(cib);
    const room = new Map(usableMemory(facts));
    // A node that says nothing may have any memory.
    if (!facts.isComplete || nodes.length < 2 || nodes.some((node) => !room.has(node))) return [];
    const vms = vmsOf(cib)
      .filter((vm) => isWanted(cib, vm))
      .map((vm) => ({ id: vm.id, mebibytes: memoryOf(facts, vm) ?? 0 }))
      .sort((one, other) => other.mebibytes - one.mebibytes);
    return nodes.flatMap((failing): Finding[] => {
      const left = new Map([...room].filter(([node]) => node !== failing));
      const total = [...left.values()].reduce((sum, one) => sum + one, 0);
      const homeless = vms.filter(({ mebibytes }) => {
        const [best] = [...left].sort(([, one], [, other]) => other - one);
        if (best === undefined || best[1] < mebibytes) return true;
        left.set(best[0], best[1] - mebibytes);
        return false;
      });
      if (homeless.length === 0) return [];
      const needed = vms.reduce((sum, { mebibytes }) => sum + mebibytes, 0);
      return [
        {
          severity: 'problem',
          what: `When ${failing} fails, not all VMs fit on the other nodes.`,
          evidence: [
            `all VMs need ${needed} MiB, the other nodes have ${total} MiB for VMs`,
            `without a place: ${homeless.map(({ id, mebibytes }) => `${id} (${mebibytes} MiB)`).join(', ')}`,
          ],
          remedy: [
            'add memory, or let less important VMs stay down (priority, utilization); what the cluster would do:',
            ['ocf-virt', 'capacity', '--fail', failing],
          ],
        },
      ];
    });
  },
};

/** MiB for VMs of each node whose hypervisor tells: all memory without that of domain 0. */
function usableMemory(facts: ClusterFacts): [string, number][] {
  return factsOf(facts, 'host').flatMap(([node, { hypervisor }]): [string, number][] => {
    if (hypervisor.kind === 'xen') return [[node, hypervisor.totalMiB - (hypervisor.dom0MiB ?? 0)]];
    return hypervisor.kind === 'vmware' ? [[node, hypervisor.totalMiB]] : [];
  });
}
