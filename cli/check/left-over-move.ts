import type { Check } from './check.ts';
import { vmsOf } from './read.ts';

export const leftOverMove: Check = {
  id: 'left-over-move',
  about: 'a constraint of an earlier move still pins a VM',
  find: ({ cib }) => {
    const vms = new Set(vmsOf(cib).flatMap(({ id, within }) => [id, ...within]));
    return cib.constraints
      .filter(({ id, kind }) => kind === 'location' && /^cli-(ban|prefer)-/.test(id))
      .filter(({ resources }) => resources.some((id) => vms.has(id)))
      .map(({ id, resources, attributes }) => ({
        severity: 'warning',
        what: `An earlier "move" or "ban" still decides where ${resources.join(', ')} may run.`,
        evidence: [
          `constraint ${id}${attributes['node'] === undefined ? '' : `: node ${attributes['node']}, score ${attributes['score']}`}`,
        ],
        remedy: [['crm_resource', '--resource', resources[0] ?? '', '--clear']],
      }));
  },
};
