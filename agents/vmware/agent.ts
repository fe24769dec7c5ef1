import { defineAgent } from '../../lib/agent/define.ts';
import { monitor } from './monitor.ts';
import { parameters } from './parameters.ts';
import { states } from './states.ts';

/** ocf:virt:VMware: a VM of VMware Server 1, VMware Server 2, Workstation or Player, relocated by suspend and resume. */
export const vmware = defineAgent({
  name: 'VMware',
  short: 'Manages a virtual machine of VMware Server, Workstation or Player',
  long: `Keeps a virtual machine of VMware Server 1 (vmware-cmd), VMware Server 2 (vmware-vim-cmd), Workstation or Player (vmrun) highly available: starts, stops, monitors and relocates it.

A VM counts as stopped only when the toolstack itself says so, and no process or lock of the VM lives on the node. A toolstack that is missing, hangs, fails or prints what cannot be understood is a failure or a degraded resource, never a stopped one, so that the cluster does not start a second copy of a running VM. Therefore fencing must be enabled: it is what resolves a node whose toolstack does not answer.

The files of the VM lie on storage that all nodes share, under the same path. A start refuses while another host holds a lock of them; see lock_policy.

With the meta attribute allow-migrate=true, a VM is relocated in the time of a suspend and a resume: the source suspends and unregisters it, the target registers and resumes it, with its UUID and MAC addresses. The processors of the nodes must be alike.`,
  parameters,
  states,
  actions: [
    { name: 'start', timeout: 600 },
    { name: 'stop', timeout: 600 },
    { name: 'monitor', timeout: 30, interval: 30, depth: 0 },
    { name: 'monitor', timeout: 60, interval: 120, depth: 10 },
    { name: 'migrate_to', timeout: 600 },
    { name: 'migrate_from', timeout: 600 },
    { name: 'reload-agent', timeout: 20 },
    { name: 'validate-all', timeout: 20 },
    { name: 'meta-data', timeout: 5 },
  ],
  functions: {
    // The monitor runs most often by far, and every other action needs what it loads.
    monitor,
    start: async (context) => (await import('./start.ts')).start(context),
    stop: async (context) => (await import('./stop.ts')).stop(context),
    migrate_to: async (context) => (await import('./migrate-to.ts')).migrateTo(context),
    migrate_from: async (context) => (await import('./migrate-from.ts')).migrateFrom(context),
    'validate-all': async (context) => (await import('./validate.ts')).validate(context),
    'reload-agent': async (context) => (await import('./validate.ts')).reload(context),
  },
});
