import type { Check } from './check.ts';
import { setPropertyCommand, vmsOf } from './read.ts';

export const migrationLimit: Check = {
  id: 'migration-limit',
  about: 'nothing limits how many VMs migrate at once over the same network',
  find: ({ cib }) => {
    const migratable = vmsOf(cib).filter(({ isMigratable }) => isMigratable);
    const limit = cib.properties['migration-limit'] ?? '-1';
    if (migratable.length < 3 || Number(limit) > 0) return [];
    return [
      {
        severity: 'note',
        what: 'When a node is drained, all its VMs migrate at once and share the network; each takes longer.',
        evidence: [`migration-limit=${limit}, and ${migratable.length} VMs migrate live`],
        remedy: [setPropertyCommand('migration-limit', '2')],
      },
    ];
  },
};
