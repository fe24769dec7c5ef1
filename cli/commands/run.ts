import { defineCommand } from '../command.ts';

export const runCommand = defineCommand({
  usage: 'run <action> <resource>',
  summary: "run one action of a resource's agent on this node, as Pacemaker would, and explain the result",
  description:
    "Runs an action of an OCF agent of any provider on this node, in the environment that Pacemaker would give it: the resource's parameters and the operation's timeout out of the cluster's configuration. Shows what the agent says as it says it, then what its exit code means and what Pacemaker would do about it. A monitor runs as the resource's most frequent one where the cluster has it running, and as a probe elsewhere. Actions that may change something (everything but monitor, validate-all, meta-data and usage) are refused while the cluster manages the resource: put it or the cluster into maintenance first, or say --force. Ctrl-C kills the agent as Pacemaker does when its time is over. Ends with 1 if the action failed, if it found the resource degraded, or if a monitor's answer is not what the cluster believes.",
  positionals: {
    action: { type: 'string', demandOption: true, describe: 'the action, for example monitor' },
    resource: { type: 'string', demandOption: true, describe: 'the id of the resource' },
  },
  options: {
    probe: {
      type: 'boolean',
      default: false,
      describe: 'monitor: as the first look at a node, not as a recurring one',
    },
    interval: { type: 'string', describe: 'monitor: the operation with this interval, for example 120s' },
    to: { type: 'string', describe: 'migrate_to: the node to go to' },
    from: { type: 'string', describe: 'migrate_from: the node that it comes from' },
    limit: { type: 'number', describe: "seconds that the action has, instead of the operation's timeout" },
    force: { type: 'boolean', default: false, describe: 'even if the cluster manages the resource' },
    programs: { type: 'boolean', default: false, describe: 'list the programs that the agent ran (needs strace)' },
  },
  examples: [
    ['run monitor vm01', 'what the monitor of vm01 says on this node'],
    ['run monitor vm01 --probe', 'whether this node has it at all'],
    ['run migrate_to vm01 --to node2 --force', 'the first half of a live migration, behind the back of the cluster'],
  ],
  run: async (args, tools) => (await import('../run/run-action.ts')).runAction(args, tools),
});
