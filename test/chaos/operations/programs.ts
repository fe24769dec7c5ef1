import { during, type OperationKind } from './kind.ts';

/** Daemons whose death or standstill a cluster has to bear. */
const daemons = [
  ...['corosync', 'pacemakerd', 'pacemaker-based', 'pacemaker-controld', 'pacemaker-execd'],
  ...['pacemaker-attrd', 'pacemaker-fenced', 'pacemaker-schedulerd', 'watch-daemon'],
];

/** A pattern of pgrep that does not find the shell it stands in. */
const hidden = (pattern: string) => `[${pattern.slice(0, 1)}]${pattern.slice(1)}`;

/** What happens to programs: the cluster's, and those that the agents have started. */
export const programs: Readonly<Record<string, OperationKind>> = {
  kill: {
    weight: 5,
    draw: ({ node, one }) => [node(), one(daemons)],
    run: (world, [node = '', daemon = '']) => world.onNode(node, `pkill -KILL -f '${hidden(daemon)}'`),
  },
  /** A daemon that hangs for a while. */
  stall: {
    weight: 3,
    draw: ({ node, one, seconds }) => [node(), one(daemons), seconds(1, 15)],
    run: (world, [node = '', daemon = '', seconds]) =>
      during(
        seconds,
        () => world.onNode(node, `pkill -STOP -f '${hidden(daemon)}'`),
        () => world.onNode(node, `pkill -CONT -f '${hidden(daemon)}'`),
      ),
  },
  /** Every action that is under way on a node dies where it is. */
  'kill-agents': {
    weight: 4,
    draw: ({ node }) => [node()],
    run: (world, [node = '']) => world.onNode(node, `pkill -KILL -f '${hidden('resource.d/virt')}'`),
  },
  /** Senders and receivers of migrations. */
  'kill-migrations': {
    weight: 3,
    draw: ({ node }) => [node()],
    run: (world, [node = '']) => world.onNode(node, `pkill -KILL -f '${hidden('xl ')}.*migrate'`),
  },
  /** The transport of migrations, and what the agents ask other nodes by. */
  'kill-ssh': {
    weight: 2,
    draw: ({ node }) => [node()],
    run: (world, [node = '']) => world.onNode(node, 'pkill -KILL -x ssh'),
  },
};
