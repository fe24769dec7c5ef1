import { nodeNames } from '../cluster-nodes.ts';
import { startsAtOnce, startTimeout } from '../start-time.ts';
import type { Check, Finding } from './check.ts';
import { factsOf, isWanted, memoryOf, setTimeoutCommand, timeoutOf, vmsOf } from './read.ts';

export const startTimeoutCheck: Check = {
  id: 'start-timeout',
  about:
    'start timeouts are too short when several VMs start at once and wait for one another (xl builds one domain at a time)',
  find: (facts) => {
    const { cib } = facts;
    const vms = vmsOf(cib).filter((vm) => vm.hypervisor === 'xen' && isWanted(cib, vm));
    const cores = factsOf(facts, 'host').map(([, { cpu }]) => cpu.count);
    const atOnce = startsAtOnce(vms.length, {
      nodes: nodeNames(cib).length,
      cores: cores.length === 0 ? undefined : Math.max(...cores),
      limit: Number(cib.properties['node-action-limit'] ?? 0),
    });
    const sizes = vms.map((vm) => memoryOf(facts, vm) ?? 0).sort((one, other) => other - one);
    return vms.flatMap((vm): Finding[] => {
      const needed = startTimeout(sizes.slice(0, atOnce));
      const seconds = timeoutOf(cib, vm, 'start');
      if (seconds >= needed) return [];
      return [
        {
          severity: 'warning',
          what: `${vm.id} may fail to start when a node is lost: up to ${atOnce} VMs start at once on a node.`,
          evidence: [
            `timeout of start: ${seconds} s; the largest ${atOnce} VMs, one after the other: about ${needed} s`,
          ],
          remedy: [setTimeoutCommand(vm, 'start', Math.max(90, Math.ceil(needed / 30) * 30))],
        },
      ];
    });
  },
};
