import type { Check } from './check.ts';
import { metaOf, setMetaCommand, vmsOf } from './read.ts';

export const multipleActive: Check = {
  id: 'multiple-active',
  about: 'a VM that is found twice is stopped everywhere, the good copy too',
  find: ({ cib }) => {
    const vms = vmsOf(cib).filter((vm) => (metaOf(cib, vm, 'multiple-active') ?? 'stop_start') === 'stop_start');
    if (vms.length === 0) return [];
    return [
      {
        severity: 'note',
        what: 'A VM that is found on two nodes is stopped on both; stop_unexpected spares the copy that is right.',
        evidence: [`multiple-active is stop_start, the default, for ${vms.map(({ id }) => id).join(', ')}`],
        remedy: vms.map((vm) => setMetaCommand(vm, 'multiple-active', 'stop_unexpected')),
      },
    ];
  },
};
