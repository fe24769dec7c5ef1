import type { Check } from './check.ts';

export const oldAgent: Check = {
  id: 'old-agent',
  about: 'a VM is managed by ocf:heartbeat:Xen, which takes a hypervisor that does not answer for a stopped VM',
  find: ({ cib }) => {
    const old = cib.resources.filter(({ agent }) => agent === 'ocf:heartbeat:Xen');
    if (old.length === 0) return [];
    return [
      {
        severity: 'warning',
        what: 'ocf:heartbeat:Xen says "stopped" when the hypervisor does not answer: the VM may run twice.',
        evidence: [old.map(({ id }) => id).join(', ')],
        remedy: [['ocf-virt', 'adopt', ...old.map(({ id }) => id)]],
      },
    ];
  },
};
