import type { Check, Finding } from './check.ts';
import { configsOf, factsOf, onNode, vmsOf } from './read.ts';

export const libvirt: Check = {
  id: 'libvirt',
  about: 'libvirt and the cluster both manage a domain',
  find: (facts) => {
    const names = vmsOf(facts.cib).flatMap((vm) => [
      vm.parameters['name'] ?? vm.id,
      ...configsOf(facts, vm).flatMap(([, config]) => (config.kind === 'read' ? (config.name ?? []) : [])),
    ]);
    return factsOf(facts, 'services').flatMap(([node, { libvirt }]): Finding[] => {
      const both = libvirt.domains.filter((name) => names.includes(name));
      if (both.length > 0) {
        return [
          {
            severity: 'problem',
            what: `libvirt on ${node} and the cluster both manage ${both.join(', ')}: each undoes what the other does.`,
            evidence: [`${libvirt.daemon} runs there and has a definition of ${both.join(', ')}`],
            remedy: both.map((name) => onNode(node, 'virsh', '--connect', 'xen:///system', 'undefine', name)),
          },
        ];
      }
      if (libvirt.problem === undefined || !names.length) return [];
      return [
        {
          severity: 'note',
          what: `libvirt runs on ${node} and does not say which domains it manages.`,
          evidence: [`${libvirt.daemon}: ${libvirt.problem}`],
          remedy: [onNode(node, 'virsh', '--connect', 'xen:///system', 'list', '--all')],
        },
      ];
    });
  },
};
