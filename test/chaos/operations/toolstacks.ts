import { clearFault, holdMigrations, leaveIncoming } from '../../sim/control.ts';
import { during, type OperationKind } from './kind.ts';
import { operators } from './operators.ts';

const commands = ['xl', 'xl', 'xl', 'list', 'xenstore', 'migrate', 'destroy'] as const;
const vmwareCommands = ['vmware-cmd', 'vmware-vim-cmd', 'vmrun'] as const;
const kinds = [
  ...(['error', 'hang', 'hang-hard', 'garbage', 'garbage-exit-1', 'truncated'] as const),
  ...(['empty', 'slow', 'killed', 'nameless', 'xenstored-hang'] as const),
];

/** What happens to the toolstacks. */
export const toolstacks: Readonly<Record<string, OperationKind>> = {
  fault: {
    weight: 10,
    draw: ({ node, one, seconds }) => [node(), one([...commands, ...vmwareCommands]), one(kinds), seconds(2, 30)],
    run: ({ cluster }, [node = '', command = '', kind = '', seconds]) =>
      during(
        seconds,
        () => {
          const known = kinds.find((one) => one === kind);
          if (known === undefined) throw new Error(`no such fault: ${kind}. There are: ${kinds.join(' ')}`);
          cluster.setFault(node, command, { kind: known, seconds: 3 });
        },
        () => clearFault(cluster.simHost(node), command),
      ),
  },
  /** A live migration stands still at a point of its handshake. */
  'hold-move': {
    weight: 6,
    draw: ({ xenVm, node, one, seconds }) => [xenVm(), node(), one(['copy', 'ready', 'go', 'report']), seconds(2, 15)],
    run: async (world, [vm = '', node = '', at = '', seconds]) => {
      const known = (['copy', 'ready', 'go', 'report'] as const).find((one) => one === at);
      if (known === undefined) throw new Error(`a migration cannot be held at ${at}`);
      const from = world.cluster.hostOf(vm);
      if (from !== undefined) holdMigrations(world.cluster.simHost(from), known, Number(seconds));
      await operators['move']?.run(world, [vm, node]);
    },
  },
  /** A receiver that is cut off leaves what has arrived. */
  'leave-incoming': {
    weight: 2,
    draw: ({ node }) => [node()],
    run: async ({ cluster }, [node = '']) => leaveIncoming(cluster.simHost(node)),
  },
  'restart-xenstored': {
    weight: 1,
    draw: ({ node }) => [node()],
    run: (world, [node = '']) => world.onNode(node, 'ocf-virt-sim restart-xenstored'),
  },
};
