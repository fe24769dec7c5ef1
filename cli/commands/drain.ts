import { defineCommand } from '../command.ts';
import { migrationOptions } from './migration-options.ts';

export const drainCommand = defineCommand({
  usage: 'drain <node>',
  summary: 'take all VMs of a node away live, and keep it in standby',
  description:
    "Asks the cluster's own scheduler what a standby of the node would do, and looks at the nodes that its VMs would go to: memory, disks, bridges, configuration files, migration addresses. If a VM could not go live (it would be stopped or restarted), nothing is changed, and each such VM is named with its reason; --force goes on all the same. Otherwise puts the node into standby, shows how the VMs migrate, and waits until the cluster has nothing left to do. The node stays in standby, over a reboot too: ocf-virt undrain ends it. Ctrl-C takes the standby back, as soon as no VM migrates any more, because Pacemaker stops and starts a VM whose migration is called off; a standby that was there before stays. Ends with 0 if every VM is away, live or as foreseen under --force.",
  positionals: { node: { type: 'string', demandOption: true, describe: 'the node to empty' } },
  options: migrationOptions,
  examples: [
    ['drain node1', 'before node1 is repaired'],
    ['drain node1 --dry-run', 'which VM would go where, and what stands in the way'],
  ],
  run: async (args, tools) => (await import('../migration/drain.ts')).drain(args, tools),
});
