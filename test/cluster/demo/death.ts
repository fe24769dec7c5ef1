import { waitUntil } from '../wait-until.ts';
import { eventSince, operator, type Stage, secondsBetween } from './stage.ts';

/** Lets a guest panic: VMWatch must tell the cluster of it, long before a monitor could find it. */
export async function guestPanics(stage: Stage, vm: string): Promise<void> {
  const { cluster, screen, timeline } = stage;
  await operator(
    stage,
    ...['crm', 'configure', 'primitive', 'watch', 'ocf:virt:VMWatch', 'op', 'monitor', 'interval=20s'],
  );
  await operator(stage, 'crm', 'configure', 'clone', 'watches', 'watch');
  await waitUntil('VMWatch runs on every node', 30, async () => {
    const resources = (await cluster.status())?.resources ?? [];
    const running = resources.filter(({ agent, role }) => agent === 'ocf:virt:VMWatch' && role === 'Started');
    return running.length === cluster.nodes.length;
  });
  const node = await cluster.waitRunning(vm);
  const since = Date.now();
  await cluster.node(node).run(['xl', 'sysrq', vm, 'c']);
  timeline.add(since, node, `the guest of ${vm} panics`);
  const stopped = await waitUntil(`${vm} runs anew`, 60, () =>
    eventSince(stage, since, ({ name, event }) => name === vm && event === 'running'),
  );
  const seconds = secondsBetween(since, stopped.time);
  timeline.add(stopped.time, stopped.host, `${vm} runs again`, seconds);
  screen.note(`${vm} runs again on ${stopped.host} after ${seconds.toFixed(1)} s; its monitor comes every 30 s`);
  await cluster.waitRunning(vm);
}
