import { nodeNames } from '../cluster-nodes.ts';
import type { Check, Finding } from './check.ts';
import { factsOf, groupedByValue, mayRun, vmsOf } from './read.ts';

export const hypervisor: Check = {
  id: 'hypervisor',
  about: 'a node has no hypervisor for a VM that may run there, or another version of it',
  find: (facts) => {
    const { cib } = facts;
    const xen = vmsOf(cib).filter((vm) => vm.hypervisor === 'xen');
    const findings: Finding[] = [];
    const hosts = factsOf(facts, 'host').filter(([node]) => nodeNames(cib).includes(node));
    for (const [node, { hypervisor }] of hosts) {
      const here = xen.filter((vm) => mayRun(cib, vm, node));
      if (here.length === 0 || (hypervisor.kind !== 'none' && hypervisor.kind !== 'vmware')) continue;
      findings.push({
        severity: 'problem',
        what: `${node} has no Xen toolstack, and VMs may be started there.`,
        evidence: ['xl is not installed', `VMs that may run there: ${here.map(({ id }) => id).join(', ')}`],
        remedy: [
          'install Xen there, or keep the VMs away:',
          ...here.map(({ id }) => ['crm_resource', '--ban', '--resource', id, '--node', node]),
        ],
      });
    }
    const versions = hosts.flatMap(([node, { hypervisor }]) =>
      hypervisor.kind === 'xen' ? [[node, hypervisor.version] as const] : [],
    );
    const groups = groupedByValue(versions);
    if (groups.length > 1 && xen.some(({ isMigratable }) => isMigratable)) {
      findings.push({
        severity: 'warning',
        what: 'Xen is not the same version everywhere: a live migration from a newer to an older one is not supported.',
        evidence: groups.map(([version, nodes]) => `Xen ${version}: ${nodes.join(', ')}`),
        remedy: ['bring all nodes to the same version, one after the other, draining each before'],
      });
    }
    return findings;
  },
};
