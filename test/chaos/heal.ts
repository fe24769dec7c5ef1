import { setTimeout as sleep } from 'node:timers/promises';
import { effectiveToken } from '../cluster/image.ts';
import { setClock } from './node-clock.ts';
import type { World } from './world.ts';

/** corosync's token of the world's cluster, in milliseconds. */
const tokenMs = 2000;

/** Ends everything that a step may have left: it repairs as an operator would, but resources are left to the cluster. */
export async function heal(world: World): Promise<void> {
  const { cluster, scene } = world;
  for (const { name, isOn, thaw } of cluster.nodes) {
    cluster.clearFaults(name);
    if (isOn) thaw();
  }
  await cluster.heal();
  await bootAll(world);
  await Promise.all(scene.nodes.map((node) => world.onNode(node, setClock(0))));
  await allOnline(world);
  // A constraint that goes while a VM migrates makes Pacemaker stop and start it: `clear` and others do that by chance.
  await world.onNode(world.operator().name, 'crm_resource --wait --timeout=30s', 40);
  const commands = [
    ...scene.nodes.map((node) => `crm_standby --node ${node} --delete`),
    ...[...scene.xen, ...scene.vmware].map((vm) => `crm_resource --clear --resource ${vm}`),
    'crm_attribute --name maintenance-mode --delete',
    ...[...scene.xen, ...scene.vmware].map(
      (vm) => `crm_resource --meta --resource ${vm} --delete-parameter is-managed`,
    ),
    ...[...scene.xen, ...scene.vmware].map(
      (vm) => `crm_resource --meta --resource ${vm} --set-parameter target-role --parameter-value started`,
    ),
  ];
  await world.onNode(world.operator().name, `exec >/dev/null 2>&1; ${commands.join('; ')}`, 60);
}

/** Waits for every node, as long as one takes to boot and to join; the audit finds those that do not come. */
async function allOnline({ cluster }: World): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(500)) {
    const status = await cluster.status();
    const online = status?.nodes.filter((node) => node.online) ?? [];
    if (status?.quorum === true && online.length === cluster.nodes.length) return;
  }
}

/** Nodes that nobody fenced, or that nobody could, are switched on again, once the others know that they were off. */
async function bootAll({ cluster }: World): Promise<void> {
  const isOff = () => cluster.nodes.filter(({ isOn }) => !isOn);
  const noticed = effectiveToken(tokenMs, cluster.nodes.length) * 2.2 + 5000;
  for (const end = Date.now() + noticed; isOff().length > 0 && Date.now() < end; ) await sleep(200);
  await Promise.all(isOff().map((node) => node.boot()));
}

/** Switches nodes off and on. */
export async function powerCycle(world: World, nodes: readonly string[]): Promise<void> {
  await Promise.all(nodes.map((node) => world.cluster.node(node).kill()));
  await sleep(effectiveToken(tokenMs, world.cluster.nodes.length) * 2.2 + 300);
  await Promise.all(nodes.map((node) => world.cluster.node(node).boot()));
}
