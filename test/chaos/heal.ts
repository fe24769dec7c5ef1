import { setTimeout as sleep } from 'node:timers/promises';
import { effectiveToken } from '../cluster/image.ts';
import { setClock } from './node-clock.ts';
import type { Scene } from './steps.ts';
import { allAgree, bestView, seesAll, viewsOf } from './views.ts';
import type { World } from './world.ts';

/** corosync's token of the world's cluster, in milliseconds. */
const tokenMs = 2000;

/** How often a repair is begun anew: the node that it is done on may be fenced meanwhile. */
const mostTries = 3;

/**
 * Ends everything that a step may have left: it repairs as an operator would, but resources are left to the cluster.
 *
 * @throws Error when the repair cannot be done: what the audit would find then, is nobody's fault but its own.
 */
export async function heal(world: World): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    await endFaults(world);
    await allOnline(world);
    const problems = await repair(world);
    if (problems.length === 0) return;
    if (tries === mostTries) throw new Error(`the repair after the step was not done: ${problems.join('; ')}`);
  }
}

async function endFaults(world: World): Promise<void> {
  const { cluster, scene } = world;
  for (const { name, isOn, thaw } of cluster.nodes) {
    cluster.clearFaults(name);
    if (isOn) thaw();
  }
  await cluster.heal();
  await bootAll(world);
  await Promise.all(scene.nodes.map((node) => world.onNode(node, setClock(0))));
}

/** Takes back what an operator has told the cluster, on any node that can; returns what went wrong, if none could. */
async function repair(world: World): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { node, status } of await viewsOf(world)) {
    if (!status.quorum) continue;
    // A constraint that goes while a VM migrates makes Pacemaker stop and start it: `clear` and others do that by chance.
    await world.onNode(node, 'crm_resource --wait --timeout=30s', 40);
    const { code, stdout, stderr } = await world.onNode(node, repairScript(world.scene), 60);
    if (code === 0) return [];
    problems.push(`on ${node} ${code}: ${stdout}${stderr}`.trim());
  }
  return problems.length > 0 ? problems : ['no node has quorum'];
}

/** Prints the commands that failed. */
function repairScript({ nodes, xen, vmware }: Scene): string {
  const vms = [...xen, ...vmware];
  return [
    'exec 3>&1 >/dev/null 2>&1; failed=0',
    'try() { "$@" || { echo "$*: $?" >&3; failed=1; }; }',
    ...nodes.map((node) => `try crm_standby --node ${node} --delete`),
    ...vms.map((vm) => `try crm_resource --clear --resource ${vm}`),
    'try crm_attribute --name maintenance-mode --delete',
    ...vms.map((vm) => `try crm_resource --meta --resource ${vm} --delete-parameter is-managed`),
    ...vms.map(
      (vm) => `try crm_resource --meta --resource ${vm} --set-parameter target-role --parameter-value started`,
    ),
    '! crm_resource --locate --resource extra || try crm --force configure delete extra',
    'exit $failed',
  ].join('\n');
}

/** Waits for every node, as long as one takes to boot and to join; the audit finds those that do not come. */
async function allOnline(world: World): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(500)) {
    // One first, because it is cheaper to ask one than all, again and again.
    const first = await bestView(world);
    if (first === undefined || !seesAll(first, world.scene.nodes)) continue;
    if (allAgree(await viewsOf(world), world.scene.nodes)) return;
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
