import { parseStatus, type Status } from '../../lib/cluster/status.ts';
import type { World } from './world.ts';

/** What a node says of the cluster. */
export interface View {
  readonly node: string;
  readonly status: Status;
  /** The same as crm_mon printed it. */
  readonly xml: string;
}

async function viewOf(world: World, node: string): Promise<View | undefined> {
  const { code, stdout: xml } = await world.onNode(node, 'crm_mon --one-shot --inactive --output-as=xml', 15);
  return code === 0 ? { node, status: await parseStatus(xml), xml } : undefined;
}

/**
 * What each node that answers says of the cluster. They may differ: one that has just come to itself again knows
 * nothing yet of what the others have done meanwhile, its own fencing above all.
 */
export async function viewsOf(world: World): Promise<readonly View[]> {
  const views = await Promise.all(world.scene.nodes.map((node) => viewOf(world, node)));
  return views.filter((view) => view !== undefined);
}

/** What the first node with quorum says, else any node. */
export async function bestView(world: World): Promise<View | undefined> {
  let best: View | undefined;
  for (const node of world.scene.nodes) {
    const view = await viewOf(world, node);
    if (view?.status.quorum) return view;
    best ??= view;
  }
  return best;
}

/** Whether every node says that all are online, with quorum. */
export const allAgree = (views: readonly View[], nodes: readonly string[]): boolean =>
  views.length === nodes.length && views.every((view) => seesAll(view, nodes));

/** Whether a node says that all are online, with quorum. */
export const seesAll = ({ status: { quorum, nodes: seen } }: View, nodes: readonly string[]): boolean =>
  quorum && nodes.every((node) => seen.some(({ name, online }) => name === node && online));
