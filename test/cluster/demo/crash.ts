import { must, type Stage, secondsBetween, waitFenced, waitRestarted } from './stage.ts';

/** Kills a node at once: the cluster must fence it and only then start its VMs elsewhere. */
export async function crashNode(stage: Stage, vms: readonly string[]): Promise<void> {
  const { cluster, screen, timeline } = stage;
  const node = cluster.hostOf(vms[0] ?? '') ?? '';
  const victims = vms.filter((vm) => cluster.hostOf(vm) === node);
  const since = Date.now();
  await cluster.node(node).kill();
  screen.note(
    `${node} is dead, and ${victims.join(' and ')} with it; the others find out when corosync's token is lost`,
  );
  timeline.add(since, node, `crashed, with ${victims.join(' and ')}`);
  const fenced = await waitFenced(stage, node, since, 40);
  screen.note(`${node} was fenced after ${secondsBetween(since, fenced).toFixed(1)} s`);
  timeline.add(fenced, node, 'fenced', secondsBetween(since, fenced));
  for (const vm of victims) {
    const start = await waitRestarted(stage, vm, node, since);
    must(start.time >= fenced, `${vm} starts elsewhere only after ${node} was fenced`, { fenced, start });
    timeline.add(start.time, start.host, `${vm} runs again`, secondsBetween(since, start.time));
    screen.note(`${vm} runs on ${start.host} after ${secondsBetween(since, start.time).toFixed(1)} s`);
  }
  await cluster.waitOnline();
  for (const vm of vms) await cluster.waitRunning(vm);
  timeline.add(Date.now(), node, 'rebooted and back in the cluster', secondsBetween(since, Date.now()));
}
