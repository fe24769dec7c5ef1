import type { Check, Finding } from './check.ts';
import { factsOf, groupedByValue, mayRun } from './read.ts';

export const agents: Check = {
  id: 'agents',
  about: 'an agent is missing on a node, or has another version there',
  find: (facts) => {
    const used = facts.cib.resources.filter(({ agent }) => agent.startsWith('ocf:virt:'));
    const hosts = factsOf(facts, 'host');
    const names = [...new Set(used.map(({ agent }) => agent.slice('ocf:virt:'.length)))];
    return names.flatMap((name): Finding[] => {
      const resources = used.filter(({ agent }) => agent === `ocf:virt:${name}`);
      const concerned = hosts.filter(([node]) => resources.some((one) => mayRun(facts.cib, one, node)));
      const missing = concerned.filter(([, { agents }]) => agents[name] === undefined).map(([node]) => node);
      const versions = groupedByValue(
        concerned.flatMap(([node, { agents }]) => (agents[name] === undefined ? [] : [[node, agents[name]] as const])),
      );
      const broken = versions.filter(([version]) => version.startsWith('does not run'));
      const findings: Finding[] = [];
      if (missing.length > 0) {
        findings.push({
          severity: 'problem',
          what: `ocf:virt:${name} is not installed on ${missing.join(', ')}, where it is needed.`,
          evidence: [`needed by ${resources.map(({ id }) => id).join(', ')}`],
          remedy: ['install the same version of ocf-virt there'],
        });
      }
      if (broken.length > 0 || versions.length > 1) {
        findings.push({
          severity: broken.length > 0 ? 'problem' : 'warning',
          what: `ocf:virt:${name} is not the same on all nodes.`,
          evidence: versions.map(([version, nodes]) => `${version}: ${nodes.join(', ')}`),
          remedy: ['install the same version of ocf-virt on all nodes'],
        });
      }
      return findings;
    });
  },
};
