import type { Check, ClusterFacts, Finding } from './check.ts';
import { configsOf, type Vm, vmsOf } from './read.ts';

export const sameVm: Check = {
  id: 'same-vm',
  about: 'two resources start the same VM',
  find: (facts) => {
    const vms = vmsOf(facts.cib);
    return [
      ...shared(vms, ({ file }) => file, 'the same configuration file'),
      ...shared(
        vms.filter(({ hypervisor }) => hypervisor === 'xen'),
        (vm) => nameOf(facts, vm),
        'the same domain name',
      ),
    ];
  },
};

function shared(vms: readonly Vm[], keyOf: (vm: Vm) => string | undefined, what: string): Finding[] {
  const groups = new Map<string, string[]>();
  for (const vm of vms) {
    const key = keyOf(vm);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), vm.id]);
  }
  return [...groups]
    .filter(([, ids]) => ids.length > 1)
    .map(([key, ids]) => ({
      severity: 'problem',
      what: `${ids.join(' and ')} are one VM to the hypervisor: they have ${what}.`,
      evidence: [key],
      remedy: [
        `give each a ${what.endsWith('file') ? 'file' : 'name'} of its own, or remove one of them:`,
        [
          'crm_resource',
          '--resource',
          ids.at(-1) ?? '',
          '--meta',
          '--set-parameter',
          'target-role',
          '--parameter-value',
          'Stopped',
        ],
      ],
    }));
}

const nameOf = (facts: ClusterFacts, vm: Vm): string | undefined =>
  vm.parameters['name'] ??
  configsOf(facts, vm).flatMap(([, config]) => (config.kind === 'read' ? [config.name ?? vm.id] : []))[0];
