import { defineCommand } from '../command.ts';
import { migrationOptions } from './migration-options.ts';

export const migrateCommand = defineCommand({
  usage: 'migrate <vm> <node>',
  summary: 'migrate a VM live to another node, and leave no constraint behind',
  description:
    "Looks first whether the VM can go there: the node is online and not in standby or maintenance, it has the memory, the disks, the bridges and the same configuration file, its migration address is set and answers, and the cluster's own scheduler would migrate the VM live and leave it there. Then moves it with crm_resource, shows how its memory fills on the target, and removes the constraint of the move: only that one, and only when nothing moves any more, because Pacemaker stops and starts a VM whose constraint goes during the migration. So Ctrl-C lets a migration that is under way end first; a second Ctrl-C leaves at once, and the constraint then ends by itself. Constraints of earlier moves are never overwritten or removed. Ends with 0 if the VM runs on that node.",
  positionals: {
    vm: { type: 'string', demandOption: true, describe: "the id of the VM's resource" },
    node: { type: 'string', demandOption: true, describe: 'the node to go to' },
  },
  options: migrationOptions,
  examples: [
    ['migrate vm01 node2', 'vm01 goes to node2, with a bar of progress'],
    ['migrate vm01 node2 --dry-run', 'whether it could, and the commands that it takes'],
  ],
  run: async (args, tools) => (await import('../migration/migrate.ts')).migrate(args, tools),
});
