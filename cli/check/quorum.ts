import type { Check } from './check.ts';
import { setPropertyCommand } from './read.ts';

export const quorum: Check = {
  id: 'quorum',
  about: 'no-quorum-policy lets a part of the cluster without quorum go on',
  find: ({ cib, status }) => {
    const findings = [];
    if (cib.properties['no-quorum-policy'] === 'ignore') {
      findings.push({
        severity: 'problem' as const,
        what: 'Nodes that are cut off go on without quorum: each part of the cluster fences the other and starts its VMs.',
        evidence: ['no-quorum-policy=ignore'],
        remedy: [
          'two nodes need "two_node: 1" in corosync.conf instead; then, for any number of nodes:',
          setPropertyCommand('no-quorum-policy', 'stop'),
        ],
      });
    }
    if (!status.quorum) {
      findings.push({
        severity: 'problem' as const,
        what: 'This part of the cluster has no quorum: it starts no VM.',
        evidence: [
          `online: ${
            status.nodes
              .filter(({ online }) => online)
              .map(({ name }) => name)
              .join(', ') || 'none'
          }`,
        ],
        remedy: ['see who is missing, and why:', ['corosync-quorumtool', '-s']],
      });
    }
    return findings;
  },
};
