import type { Check, Finding } from './check.ts';
import { factsOf, onNode } from './read.ts';

export const silentNode: Check = {
  id: 'silent-node',
  about: 'a node does not answer, or its hypervisor does not',
  find: (facts) => {
    const { answers, status } = facts;
    const silent = [...answers].flatMap(([node, answer]): Finding[] => {
      if (answer.kind === 'answered') return [];
      const known = status.nodes.find(({ name }) => name === node);
      return [
        {
          severity: 'problem',
          what: `${node} does not answer: nothing is known of it, and VMs may run there.`,
          evidence: [answer.why, `the cluster says that it is ${known?.online === true ? 'online' : 'offline'}`],
          remedy: [
            known?.online === true
              ? 'must work from this node without a question:'
              : 'start it, or look why it is down:',
            known?.online === true ? onNode(node, 'ocf-virt', '--version') : ['crm_mon', '-1'],
          ],
        },
      ];
    });
    const partly = [...answers].flatMap(([node, answer]): Finding[] => {
      if (answer.kind !== 'answered') return [];
      const problems = Object.entries(answer.facts).flatMap(([name, fact]) =>
        'problem' in fact ? [`${name}: ${fact.problem}`] : [],
      );
      if (problems.length === 0) return [];
      return [
        {
          severity: 'warning',
          what: `${node} could not tell all that was asked: some checks know less of it.`,
          evidence: problems,
          remedy: ['install the same ocf-virt on all nodes'],
        },
      ];
    });
    const hypervisors = factsOf(facts, 'host').flatMap(([node, { hypervisor }]): Finding[] =>
      hypervisor.kind !== 'silent'
        ? []
        : [
            {
              severity: 'problem',
              what: `The hypervisor of ${node} does not answer: what runs there cannot be known.`,
              evidence: [hypervisor.problem],
              remedy: ['look at xenstored and /var/log/xen there:', onNode(node, 'xl', 'info')],
            },
          ],
    );
    return [...silent, ...partly, ...hypervisors];
  },
};
