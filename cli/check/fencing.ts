import type { Check } from './check.ts';
import { isFalse, setPropertyCommand } from './read.ts';

export const fencing: Check = {
  id: 'fencing',
  about: 'fencing is disabled, or no device fences',
  find: ({ cib }) => {
    if (isFalse(cib.properties['stonith-enabled'])) {
      return [
        {
          severity: 'problem',
          what: 'Fencing is disabled: a VM of a node that hangs starts on another one while the first copy still runs.',
          evidence: [`stonith-enabled=${cib.properties['stonith-enabled']}`],
          remedy: ['configure a fencing device for every node, then:', setPropertyCommand('stonith-enabled', 'true')],
        },
      ];
    }
    const devices = cib.resources.filter(({ agent }) => agent.startsWith('stonith:'));
    const watchdog = cib.properties['stonith-watchdog-timeout'] ?? '0';
    if (devices.length > 0 || !/^0+\s*\D*$/.test(watchdog)) return [];
    return [
      {
        severity: 'problem',
        what: 'No device can fence: Pacemaker starts no resource at all, and recovers none.',
        evidence: ['fencing is enabled, and the configuration has no resource of class stonith'],
        remedy: [
          'list the agents for your power switches or management boards:',
          ['stonith_admin', '--list-installed'],
        ],
      },
    ];
  },
};
