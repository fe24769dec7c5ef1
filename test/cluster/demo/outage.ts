import { overlaps } from '../../sim/control.ts';
import { waitUntil } from '../wait-until.ts';
import { must, operator, type Stage, secondsBetween, waitFenced, waitRestarted } from './stage.ts';

/** What an agent made of a toolstack that does not answer; seconds since the outage began. */
export interface OutageResult {
  readonly monitors: readonly string[];
  readonly fencedAfter: number | undefined;
  readonly secondStartAfter: number | undefined;
  readonly copies: number;
}

/** Monitor interval of the VMs in the outages: the 30 s of the configuration would only make the demo longer. */
const monitorSeconds = 10;

/**
 * From one moment on every xl command on the VM's node fails, while the VM runs on. The node must be fenced before the
 * VM starts anywhere else.
 */
export async function toolstackOutage(stage: Stage, vms: readonly [string, ...string[]]): Promise<OutageResult> {
  const { cluster, screen, timeline } = stage;
  const [vm] = vms;
  screen.note(
    `to keep it short: monitor of ${vm} every ${monitorSeconds} s instead of 30, one unanswered monitor tolerated instead of 3`,
  );
  await hurry(stage, vm);
  const node = await cluster.waitRunning(vm);
  const others = vms.filter((other) => other !== vm && cluster.hostOf(other) === node);
  const since = Date.now();
  cluster.setFault(node, 'xl', { kind: 'error' });
  timeline.add(since, node, `xl stops working: "cannot init xl context"; ${vm} runs on`);
  screen.note(`from now on every xl command on ${node} fails; ${vm} runs on there`);
  const monitorSaid = (code: number, meaning: string) =>
    waitUntil(`crm_mon shows the monitor of ${vm} as ${meaning} (${code})`, 60, async () => {
      const failures = (await cluster.status())?.failures ?? [];
      return failures.find((failure) => failure.operation.startsWith(`${vm}_monitor`) && failure.code === code);
    });
  const degraded = await monitorSaid(190, 'degraded');
  const seenDegraded = Date.now();
  timeline.add(
    seenDegraded,
    node,
    `${vm} degraded (190), tolerated: xl is silent, but the VM shows signs of life`,
    secondsBetween(since, seenDegraded),
  );
  screen.note(`crm_mon: ${degraded.operation} degraded (190): ${degraded.reason}`);
  const failed = await monitorSaid(1, 'failed');
  const seenFailed = Date.now();
  timeline.add(seenFailed, node, `${vm} failed (1): the tolerated time is over`, secondsBetween(since, seenFailed));
  const fenced = await waitFenced(stage, node, since, 90);
  cluster.clearFaults(node);
  timeline.add(fenced, node, 'fenced: without an answer no stop can be proven', secondsBetween(since, fenced));
  screen.note(
    `${node} was fenced after ${secondsBetween(since, fenced).toFixed(1)} s: monitor and stop failed, and "stopped" was never claimed`,
  );
  const start = await waitRestarted(stage, vm, node, since);
  must(start.time >= fenced, `${vm} starts elsewhere only after ${node} was fenced`, { fenced, start });
  for (const other of others) {
    const restart = await waitRestarted(stage, other, node, since);
    timeline.add(
      restart.time,
      restart.host,
      `${other}, which was on ${node} too, runs again`,
      secondsBetween(since, restart.time),
    );
  }
  const twice = overlaps(cluster.truth());
  must(twice.length === 0, 'no VM ever ran twice', twice);
  timeline.add(start.time, start.host, `${vm} runs again: one copy at any time`, secondsBetween(since, start.time));
  screen.note(
    `${vm} runs on ${start.host} after ${secondsBetween(since, start.time).toFixed(1)} s, and never ran twice`,
  );
  return {
    monitors: [`running, degraded (${degraded.code})`, `failure (${failed.code})`],
    fencedAfter: secondsBetween(since, fenced),
    secondStartAfter: secondsBetween(since, start.time),
    copies: 1,
  };
}

/** All of these parameters are reloadable, and a changed interval is no restart either: the VM runs on. */
async function hurry(stage: Stage, vm: string): Promise<void> {
  await operator(stage, 'crm', 'resource', 'param', vm, 'set', 'toolstack_timeout', '5');
  await operator(stage, 'crm', 'resource', 'param', vm, 'set', 'unknown_tolerance', '1');
  const cib = await stage.cluster.anyNode().run(['cibadmin', '--query', '--scope', 'resources']);
  const operation = new RegExp(`<op [^>]*id="(${vm}-monitor[^"]*)"`).exec(cib)?.[1] ?? '';
  const change = `<op id="${operation}" interval="${monitorSeconds}s"/>`;
  await stage.cluster.anyNode().run(['cibadmin', '--modify', '--xml-text', change]);
}

/** The same outage with ocf:heartbeat:Xen: how long until the VM runs twice. */
export async function oldAgentOutage(stage: Stage, vm: string): Promise<OutageResult> {
  const { cluster, screen, timeline } = stage;
  await cluster.createVm(vm, {
    agent: 'ocf:heartbeat:Xen',
    operations: { monitor: `interval=${monitorSeconds}s timeout=30s` },
  });
  const node = await cluster.waitRunning(vm);
  const since = Date.now();
  cluster.setFault(node, 'xl', { kind: 'error' });
  timeline.add(since, node, `xl stops working; ${vm} (ocf:heartbeat:Xen) runs on`);
  screen.note(`from now on every xl command on ${node} fails; ${vm} runs on there`);
  const monitors = new Set<string>();
  const overlap = await waitUntil(
    `${vm} runs twice, as ocf:heartbeat:Xen lets it`,
    90,
    async () => {
      const { failures = [] } = (await cluster.status()) ?? {};
      for (const { code } of failures.filter(({ operation }) => operation.startsWith(`${vm}_monitor`))) {
        monitors.add(code === 7 ? 'not running (7)' : `exit ${code}`);
      }
      return overlaps(cluster.truth()).find(({ name }) => name === vm);
    },
    () => JSON.stringify(cluster.truth().slice(-8), undefined, 1),
  );
  const other = overlap.copies.map((copy) => copy.split('/')[0]).find((host) => host !== node) ?? '';
  timeline.add(
    overlap.from,
    other,
    `${vm} (ocf:heartbeat:Xen) started a SECOND time, while it runs on ${node}`,
    secondsBetween(since, overlap.from),
  );
  screen.note(
    screen.red(`${vm} runs twice, on ${node} and ${other}, after ${secondsBetween(since, overlap.from).toFixed(1)} s`),
  );
  const fenced = cluster.fencedLog().find((one) => one.node === node && one.time >= since);
  cluster.clearFaults(node);
  return {
    monitors: [...monitors],
    fencedAfter: fenced === undefined ? undefined : secondsBetween(since, fenced.time),
    secondStartAfter: secondsBetween(since, overlap.from),
    copies: overlap.copies.length,
  };
}

/** Both results, one column each. */
export function compared(ours: OutageResult, old: OutageResult): string[][] {
  const after = (seconds: number | undefined) => (seconds === undefined ? 'never' : `after ${seconds.toFixed(1)} s`);
  const row = (title: string, show: (result: OutageResult) => string) => [title, show(old), show(ours)];
  return [
    ['toolstack of the node stops working', 'ocf:heartbeat:Xen', 'ocf:virt:Xen'],
    row('its monitor says', ({ monitors }) => monitors.join(', then ') || '?'),
    row('the node is fenced', ({ fencedAfter }) => after(fencedAfter)),
    row('the VM starts on another node', ({ secondStartAfter }) => after(secondStartAfter)),
    row('copies that ran at once', ({ copies }) =>
      copies > 1 ? `${copies}: the disk is written by both` : String(copies),
    ),
  ];
}
