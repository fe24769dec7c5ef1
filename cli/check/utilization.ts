import type { Check, Finding } from './check.ts';
import { isTrue, setPropertyCommand, vmsOf } from './read.ts';

export const utilization: Check = {
  id: 'utilization',
  about: 'a VM needs a capacity that no node has, or the cluster does not count memory',
  find: ({ cib }) => {
    const findings: Finding[] = [];
    const vms = vmsOf(cib);
    const strategy = cib.properties['placement-strategy'] ?? 'default';
    const nodes = cib.nodes.filter(({ type }) => type === 'member' || type === 'remote');
    const needs = new Map<string, string[]>();
    for (const vm of vms) {
      const published = ['cpu', 'hv_memory'].filter((name) => isTrue(vm.parameters[`autoset_utilization_${name}`]));
      for (const name of new Set([...Object.keys(vm.utilization), ...published])) {
        needs.set(name, [...(needs.get(name) ?? []), vm.id]);
      }
    }
    for (const [name, ids] of needs) {
      const without = nodes.filter(({ utilization }) => utilization[name] === undefined).map((node) => node.name);
      if (without.length === 0) continue;
      const everywhere = without.length === nodes.length;
      findings.push({
        severity: strategy === 'default' ? 'warning' : 'problem',
        what: `${everywhere ? 'No node has' : `${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} not`} the capacity "${name}" that VMs need${
          strategy === 'default' ? '; with a placement-strategy they would not run there' : ': they do not run there'
        }.`,
        evidence: [`needed by ${ids.join(', ')}`, `placement-strategy=${strategy}`],
        remedy: without.map((node) => [
          ...['crm_attribute', '--type', 'nodes', '--utilization', '--node', node],
          ...['--name', name, '--update', 'CAPACITY'],
        ]),
      });
    }
    if (strategy === 'default' && vms.length > 0) {
      findings.push({
        severity: 'note',
        what: 'The cluster does not count memory when it places VMs: a node can get more than it has.',
        evidence: ['placement-strategy is default'],
        remedy: [
          'set the capacity hv_memory (MiB) of every node and the utilization of every VM, then:',
          setPropertyCommand('placement-strategy', 'balanced'),
          'ocf-virt capacity says whether they fit',
        ],
      });
    }
    return findings;
  },
};
