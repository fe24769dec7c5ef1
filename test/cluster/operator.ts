import { parseCib } from '../../lib/cluster/cib.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import type { Outcome } from './machine.ts';

/** Begins a command that takes its time. */
export const runLater = (node: ClusterNode, argv: readonly string[]): Promise<Outcome> =>
  node.exec(argv, { timeout: 90_000 });

/** Does to a command of ocf-virt on a node what Ctrl-C does. */
export async function interrupt(node: ClusterNode, command: string): Promise<void> {
  await node.run(['pkill', '-INT', '-f', `^ocf-virt ${command}`]);
}

/** Ids of the constraints that moves and bans have left, as a node knows them. One that boots knows those of before. */
export async function constraintsOfMoves(cluster: Cluster, node = cluster.anyNode()): Promise<readonly string[]> {
  const { constraints } = await parseCib(await node.run(['cibadmin', '--query']));
  return constraints.map(({ id }) => id).filter((id) => id.startsWith('cli-'));
}
