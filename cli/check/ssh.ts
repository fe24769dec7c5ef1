import type { Check } from './check.ts';
import { factsOf, vmsOf } from './read.ts';

export const ssh: Check = {
  id: 'ssh',
  about: 'root cannot ssh from one node to another without a question',
  find: (facts) => {
    const { cib } = facts;
    if (!vmsOf(cib).some(({ isMigratable }) => isMigratable)) return [];
    const nodeOf = (address: string) =>
      cib.nodes.find(({ attributes, transient }) =>
        [...Object.values(attributes), ...Object.values(transient)].includes(address),
      )?.name;
    const failed = factsOf(facts, 'ssh').flatMap(([from, reached]) =>
      Object.entries(reached).flatMap(([to, why]) => (why === null ? [] : [{ from, to, why }])),
    );
    // A node that is down reaches nobody, and nobody reaches it: that is said once, elsewhere.
    const isUp = (to: string) => {
      const node = cib.nodes.some(({ name }) => name === to) ? to : nodeOf(to);
      const known = facts.status.nodes.find(({ name }) => name === node);
      return known === undefined || known.online;
    };
    const counted = failed.filter(({ to }) => isUp(to));
    if (counted.length === 0) return [];
    return [
      {
        severity: 'problem',
        what: 'Root cannot ssh between all nodes without a question: live migrations fail.',
        evidence: counted.map(({ from, to, why }) => {
          const node = nodeOf(to);
          return `${from} -> ${to}${node === undefined ? '' : ` (${node})`}: ${why}`;
        }),
        remedy: [
          "root's public key belongs into the authorized_keys of all nodes, the host keys into known_hosts; by hand, on each of these:",
          ...[...new Map(counted.map((one) => [one.from, one])).values()].map(({ from, to }) => [
            'ssh',
            '-t',
            from,
            'ssh',
            to,
            'true',
          ]),
        ],
      },
    ];
  },
};
