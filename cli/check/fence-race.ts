import { nodeNames } from '../cluster-nodes.ts';
import type { Check } from './check.ts';
import { isFalse } from './read.ts';

export const fenceRace: Check = {
  id: 'fence-race',
  about: 'two nodes can fence each other at the same moment',
  find: ({ cib }) => {
    const devices = cib.resources.filter(({ agent }) => agent.startsWith('stonith:'));
    const delays = ['pcmk_delay_base', 'pcmk_delay_max', 'delay'];
    if (nodeNames(cib).length !== 2 || devices.length === 0 || isFalse(cib.properties['stonith-enabled'])) return [];
    if (cib.properties['priority-fencing-delay'] !== undefined) return [];
    if (devices.some(({ parameters }) => delays.some((name) => parameters[name] !== undefined))) return [];
    return [
      {
        severity: 'note',
        what: 'When two nodes lose sight of each other, both may fence at once, and all VMs are down.',
        evidence: [`no delay is set for ${devices.map(({ id }) => id).join(', ')}, nor priority-fencing-delay`],
        remedy: [
          'delay the fencing of one node:',
          [
            ...['crm_resource', '--resource', devices[0]?.id ?? ''],
            ...['--set-parameter', 'pcmk_delay_max', '--parameter-value', '15s'],
          ],
        ],
      },
    ];
  },
};
