import type { Check } from './check.ts';
import { factsOf, groupedByValue, vmsOf } from './read.ts';

export const cpu: Check = {
  id: 'cpu',
  about: 'processors differ, so that a guest that migrates may crash',
  find: (facts) => {
    if (!vmsOf(facts.cib).some(({ hypervisor, isMigratable }) => hypervisor === 'vmware' || isMigratable)) return [];
    const hosts = factsOf(facts, 'host').map(([node, { cpu }]) => [node, cpu] as const);
    const families = groupedByValue(hosts.map(([node, { vendor, family }]) => [node, `${vendor} family ${family}`]));
    if (families.length > 1) {
      return [
        {
          severity: 'warning',
          what: 'The processors are of different families: a guest may crash or hang after a live migration or a resume.',
          evidence: families.map(([family, nodes]) => `${family}: ${nodes.join(', ')}`),
          remedy: [
            'mask the features that not all have with "cpuid" in the configuration of each VM, or let VMs migrate only among equal nodes:',
            ['man', 'xl.cfg'],
          ],
        },
      ];
    }
    const all = new Set(hosts.flatMap(([, { flags }]) => flags));
    const missing = hosts.flatMap(([node, { flags }]) => {
      const lacking = [...all].filter((flag) => !flags.includes(flag));
      return lacking.length === 0
        ? []
        : [
            `${node} lacks ${lacking.slice(0, 12).join(' ')}${lacking.length > 12 ? ` and ${lacking.length - 12} more` : ''}`,
          ];
    });
    if (missing.length === 0) return [];
    return [
      {
        severity: 'warning',
        what: 'The processors do not have the same features: a guest that uses one may crash where it is missing.',
        evidence: missing,
        remedy: [
          'bring firmware and microcode to the same state, or mask these features with "cpuid" in each VM:',
          ['man', 'xl.cfg'],
        ],
      },
    ];
  },
};
