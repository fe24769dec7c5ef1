import { defineCommand } from '../command.ts';
import { migrationOptions } from './migration-options.ts';

export const adoptCommand = defineCommand({
  usage: 'adopt <resource..>',
  summary: 'change VMs of the old agents to those of ocf:virt, without stopping them',
  description: `Changes resources of ocf:heartbeat:Xen to ocf:virt:Xen and of ocf:heartbeat:vmware to ocf:virt:VMware; parameters, operations and constraints stay. The cluster keeps its hands off them meanwhile (the meta attribute maintenance), forgets what the old agent told, and asks the new one on every node.

Only when the new agent finds each VM as the old one had it, maintenance is ended. Otherwise all of them stay in maintenance, running, and what differs is said: an old agent that took a VM for stopped whose hypervisor did not answer, for example. With --undo it goes the other way.

Xen domains of libvirt (ocf:heartbeat:VirtualDomain) have to be stopped once, because libvirt would go on restarting them beside the cluster: for them --dry-run prints the steps, with the conversion of their configuration, to be run by hand.`,
  positionals: {
    resource: { type: 'string', array: true, demandOption: true, describe: 'ids of the resources' },
  },
  options: {
    undo: { type: 'boolean', default: false, describe: 'back to the old agents' },
    'dry-run': migrationOptions['dry-run'],
    wait: { type: 'number', default: 120, describe: 'seconds that the new agents have to find the VMs' },
  },
  examples: [
    ['adopt vm01 vm02 --dry-run', 'the commands that it takes'],
    ['adopt vm01 vm02', 'both are ocf:virt:Xen from now on, and did not notice'],
    ['adopt vm01 --undo', 'vm01 is ocf:heartbeat:Xen again'],
  ],
  run: async (args, tools) => (await import('../adopt/adopt.ts')).adopt(args, tools),
});
