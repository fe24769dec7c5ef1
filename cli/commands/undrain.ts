import { defineCommand } from '../command.ts';
import { migrationOptions } from './migration-options.ts';

const { 'dry-run': dryRun, wait } = migrationOptions;

export const undrainCommand = defineCommand({
  usage: 'undrain <node>',
  summary: 'let a node take VMs again',
  description:
    'Ends the standby of a node, and waits for the VMs that the cluster takes back to it, which are those that prefer it by a constraint and those that could run nowhere else; the others stay where they are.',
  positionals: { node: { type: 'string', demandOption: true, describe: 'the node' } },
  options: { 'dry-run': dryRun, wait: { ...wait, describe: 'seconds to wait for VMs that return; 0 does not wait' } },
  examples: [['undrain node1', 'after node1 was repaired']],
  run: async (args, tools) => (await import('../migration/undrain.ts')).undrain(args, tools),
});
