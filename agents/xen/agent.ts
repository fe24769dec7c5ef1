import { defineAgent } from '../../lib/agent/define.ts';
import { monitor } from './monitor.ts';
import { parameters } from './parameters.ts';
import { states } from './states.ts';

/** ocf:virt:Xen: a Xen domain of the toolstack xl, with live migration. */
export const xen = defineAgent({
  name: 'Xen',
  short: 'Manages a Xen virtual machine with the xl toolstack',
  long: `Keeps a Xen virtual machine (domain) highly available: starts, stops, monitors and live-migrates it with the xl toolstack.

A domain counts as stopped only when xl itself says so. A toolstack that is missing, hangs, fails or prints what cannot be understood is a failure or a degraded resource, never a stopped one, so that the cluster does not start a second copy of a running VM. Therefore fencing must be enabled: it is what resolves a node whose toolstack does not answer.

For live migration set the meta attribute allow-migrate=true, allow root to ssh between the nodes without a password, and make the configuration file and the disks available on all of them. The meta attribute multiple-active=stop_unexpected is recommended.`,
  parameters,
  states,
  actions: [
    { name: 'start', timeout: 90 },
    { name: 'stop', timeout: 90 },
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
