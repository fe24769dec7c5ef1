import type { Check, Finding } from './check.ts';
import { isFalse, isTrue, metaOf, setMetaCommand, setPropertyCommand, vmsOf } from './read.ts';

export const maintenance: Check = {
  id: 'maintenance',
  about: 'the cluster does not look after a VM: maintenance mode, or not managed',
  find: ({ cib }): Finding[] => {
    if (isTrue(cib.properties['maintenance-mode'])) {
      return [
        {
          severity: 'warning',
          what: 'The cluster is in maintenance mode: no VM is watched, and none is recovered.',
          evidence: [`maintenance-mode=${cib.properties['maintenance-mode']}`],
          remedy: [setPropertyCommand('maintenance-mode', 'false')],
        },
      ];
    }
    return vmsOf(cib)
      .filter((vm) => isFalse(metaOf(cib, vm, 'is-managed')) || isTrue(metaOf(cib, vm, 'maintenance')))
      .map((vm) => ({
        severity: 'warning',
        what: `The cluster does not manage ${vm.id}: it is not recovered when it fails.`,
        evidence: ['is-managed', 'maintenance'].map((name) => `${name}=${metaOf(cib, vm, name) ?? '(not set)'}`),
        remedy: [setMetaCommand(vm, 'is-managed', 'true'), setMetaCommand(vm, 'maintenance', 'false')],
      }));
  },
};
