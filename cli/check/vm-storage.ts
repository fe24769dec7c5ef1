import type { Check, Finding } from './check.ts';
import { configsOf, isProvidedElsewhere, onNode, vmsOf } from './read.ts';

const words = {
  absent: 'is not there',
  inactive: 'is a logical volume that is not active',
  unanswered: 'does not answer',
} as const;

export const vmStorage: Check = {
  id: 'vm-storage',
  about: 'a disk or kernel of a VM is not visible on a node where it may run',
  find: (facts) =>
    vmsOf(facts.cib).flatMap((vm): Finding[] => {
      const missing = configsOf(facts, vm).flatMap(([node, config]) =>
        config.kind !== 'read'
          ? []
          : config.storage.flatMap(({ path, use, state }) =>
              state === 'present' || state === 'foreign' || isProvidedElsewhere(facts, path, node)
                ? []
                : [{ node, path, use, state }],
            ),
      );
      if (missing.length === 0) return [];
      const nodes = [...new Set(missing.map(({ node }) => node))];
      const inactive = missing.filter(({ state }) => state === 'inactive');
      return [
        {
          severity: 'problem',
          what: `${vm.id} cannot run on ${nodes.join(', ')}: its storage is not visible there.`,
          evidence: missing.map(({ node, path, use, state }) => `${node}: ${use} ${path} ${words[state]}`),
          remedy: [
            ...(inactive.length < missing.length
              ? ['connect or mount the storage there; iSCSI: log in and rescan']
              : []),
            ...inactive.map(({ node, path }) => onNode(node, 'lvchange', '--activate', 'y', path)),
          ],
        },
      ];
    }),
};
