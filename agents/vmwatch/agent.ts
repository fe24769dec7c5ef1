import { defineAgent } from '../../lib/agent/define.ts';
import { exit } from '../../lib/ocf/exit.ts';
import { parameters } from './parameters.ts';

/** ocf:virt:VMWatch: tells the cluster of the death of a VM at once. */
export const vmwatch = defineAgent({
  name: 'VMWatch',
  short: 'Tells the cluster at once when a virtual machine of ocf:virt has died',
  long: `Listens for the deaths of the virtual machines that ocf:virt:Xen and ocf:virt:VMware manage on a node, and tells Pacemaker at once, which recovers them as if their monitor had failed. With it a monitor of the VMs every 60 seconds is enough: it finds what nobody announces, such as a VM that is paused or a toolstack that does not answer.

Run it as a clone, on every node. Xen announces the end of a domain through xenstore (the program xenstore-watch, in the package xenstore-utils); of a VM of VMware the process is watched. A death is reported only when it is certain: two looks show the VM dead, no action of an agent works on it, and the cluster believes that it runs there and manages it. In every other case, and when this resource does not run, the monitors of the VMs find out, as they do without it.

It also keeps what it sees (deaths with their causes, reboots) in the history of the node: ocf-virt events, ocf-virt report.`,
  parameters,
  actions: [
    { name: 'start', timeout: 20 },
    { name: 'stop', timeout: 20 },
    { name: 'monitor', timeout: 20, interval: 20, depth: 0 },
    { name: 'validate-all', timeout: 20 },
    { name: 'meta-data', timeout: 5 },
  ],
  functions: {
    monitor: async (context) => (await import('./monitor.ts')).monitor(context),
    start: async (context) => (await import('./start.ts')).start(context),
    stop: async (context) => (await import('./stop.ts')).stop(context),
    'validate-all': async () => exit.success,
  },
  background: { 'watch-daemon': async (host) => (await import('./daemon.ts')).runDaemon(host) },
});
