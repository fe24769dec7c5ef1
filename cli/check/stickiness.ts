import type { Check } from './check.ts';
import { metaOf, vmsOf } from './read.ts';

export const stickiness: Check = {
  id: 'stickiness',
  about: 'resource-stickiness is 0, so that VMs move by themselves',
  find: ({ cib }) => {
    const loose = vmsOf(cib).filter((vm) => Number(metaOf(cib, vm, 'resource-stickiness') ?? 0) === 0);
    if (loose.length === 0) return [];
    return [
      {
        severity: 'warning',
        what: 'VMs move by themselves, back and forth, when a node joins or another VM is added.',
        evidence: [`resource-stickiness is 0 for ${loose.map(({ id }) => id).join(', ')}`],
        remedy: [
          ['crm_attribute', '--type', 'rsc_defaults', '--name', 'resource-stickiness', '--update', '100'],
          ...loose
            .filter(({ meta }) => meta['resource-stickiness'] !== undefined)
            .map(({ id }) => ['crm_resource', '--resource', id, '--meta', '--delete-parameter', 'resource-stickiness']),
        ],
      },
    ];
  },
};
