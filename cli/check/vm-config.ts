import type { Check, Finding } from './check.ts';
import { configsOf, groupedByValue, isProvidedElsewhere, onNode, vmsOf } from './read.ts';

export const vmConfig: Check = {
  id: 'vm-config',
  about: 'the configuration of a VM is missing on a node, or differs between nodes',
  find: (facts) =>
    vmsOf(facts.cib).flatMap((vm): Finding[] => {
      const configs = configsOf(facts, vm);
      const unusable = configs.flatMap(([node, config]) =>
        config.kind === 'unusable' && !isProvidedElsewhere(facts, vm.file, node) ? [{ node, why: config.why }] : [],
      );
      const digests = groupedByValue(
        configs.flatMap(([node, config]) => (config.kind === 'read' ? [[node, config.digest] as const] : [])),
      );
      const [good] = digests.at(-1)?.[1] ?? [];
      const copy = (node: string) => onNode(good ?? '', 'scp', '-p', vm.file, `${node}:${vm.file}`);
      const findings: Finding[] = [];
      if (unusable.length > 0) {
        const nodes = unusable.map(({ node }) => node);
        findings.push({
          severity: 'problem',
          what: `${vm.id} cannot start on ${nodes.join(', ')}: its configuration cannot be used there.`,
          evidence: unusable.map(({ node, why }) => `${node}: ${vm.file}: ${why}`),
          remedy: good === undefined ? ['put the file there, or mount the storage that holds it'] : nodes.map(copy),
        });
      }
      if (digests.length > 1) {
        const others = digests.slice(0, -1).flatMap(([, nodes]) => nodes);
        findings.push({
          severity: 'problem',
          what: `${vm.id} is another VM depending on the node: its configuration differs.`,
          evidence: digests.map(([digest, nodes]) => `${vm.file} is ${digest.slice(0, 12)} on ${nodes.join(', ')}`),
          remedy: [
            'see which one is right, for example the one that most nodes have, and copy it:',
            ...others.map(copy),
          ],
        });
      }
      return findings;
    }),
};
