import type { Check, Finding } from './check.ts';
import { configsOf, onNode, vmsOf } from './read.ts';

export const vmBridges: Check = {
  id: 'vm-bridges',
  about: 'a bridge of a VM is missing on a node where it may run',
  find: (facts) => {
    const missing = vmsOf(facts.cib).flatMap((vm) =>
      configsOf(facts, vm).flatMap(([node, config]) =>
        config.kind !== 'read'
          ? []
          : config.bridges.filter(({ present }) => !present).map(({ name }) => ({ node, name, vm: vm.id })),
      ),
    );
    const places = [...new Map(missing.map(({ node, name }) => [`${node} ${name}`, { node, name }])).values()];
    return places.map(({ node, name }): Finding => {
      const vms = missing.filter((one) => one.node === node && one.name === name).map(({ vm }) => vm);
      return {
        severity: 'problem',
        what: `${node} has no network ${name}, which ${vms.join(', ')} need${vms.length === 1 ? 's' : ''} to start there.`,
        evidence: [`${name} is missing on ${node}`],
        remedy: name.startsWith('/')
          ? ['configure the virtual network there:', onNode(node, 'vmware-config.pl')]
          : [
              'make it part of the boot, with its card or VLAN; until then:',
              onNode(node, 'ip', 'link', 'add', name, 'up', 'type', 'bridge'),
            ],
      };
    });
  },
};
