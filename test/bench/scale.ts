import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Cluster, ClusterNode } from '../cluster/cluster.ts';
import { growthChart, straightLine } from './growth.ts';
import { machine, table, writePart, writePicture } from './page.ts';
import { addVms, type Load, secondsUntil, startLoadCluster } from './vm-load.ts';

/**
 * `npm run bench:scale`: what many VMs on one node of a real cluster cost, and how long it takes until all of a crashed or
 * drained node run elsewhere, with the same compiled stub of xl for all agents. Writes docs/performance.md; `--try` takes
 * fewer VMs and only prints. `--only growth|moves` takes one half.
 */
const { values } = parseArgs({
  options: {
    try: { type: 'boolean', default: false },
    only: { type: 'string' },
    counts: { type: 'string', default: '10,50,100,200' },
    moved: { type: 'string', default: '50' },
  },
});
const command = 'npm run bench:scale';

const loads: readonly Load[] = [
  { title: 'ocf:heartbeat:Xen, every 10 s', agent: 'ocf:heartbeat:Xen', intervalSeconds: 10, watched: false },
  { title: 'ocf:virt:Xen, every 10 s', agent: 'ocf:virt:Xen', intervalSeconds: 10, watched: false },
  { title: 'ocf:virt:Xen, every 60 s, and VMWatch', agent: 'ocf:virt:Xen', intervalSeconds: 60, watched: true },
];
const aboutGrowth = `On a real cluster of one node. A compiled stub of xl answers at once and needs 0.3 s for a create. A monitor
is late when it comes more than a second after its time.`;
const aboutMoves = `How long it takes on a real cluster of three nodes until all VMs of one run elsewhere: when it is drained, and
when it crashes, with detection and fencing. The floor is an agent that does nothing but sleep for 0.3 s, which is what the stub
of xl needs for a create and for a migration: the time that Pacemaker itself takes.`;

/** Monitors that do not matter. */
const rare = { intervalSeconds: 60, watched: false };
const colours = ['#c05040', '#4878a8', '#50a060'];

/** What a node with some VMs does while nothing happens. */
interface Idle {
  readonly vms: number;
  /** CPU of all its processes, those of the cluster too, in percent of one processor. */
  readonly percent: number;
  /** Monitors that came more than a second after their time, of how many. */
  readonly late: number;
  readonly monitors: number;
}

const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-scale-'));
try {
  console.log(`on ${machine()}`);
  if (values.only !== 'moves') await growth(values.counts.split(',').map(Number));
  if (values.only !== 'growth') await moves(Number(values.moved));
} finally {
  await rm(folder, { recursive: true });
}

async function growth(counts: readonly number[]): Promise<void> {
  const found: { readonly load: Load; readonly idle: readonly Idle[] }[] = [];
  for (const load of loads) {
    const idle = await growingNode(load, counts);
    found.push({ load, idle });
    for (const one of idle) console.log(`${load.title}: ${JSON.stringify(one)}`);
  }
  const points = (idle: readonly Idle[]) => idle.map(({ vms, percent }) => [vms, percent] as const);
  const old = found[0]?.idle ?? [];
  const rows = found.flatMap(({ load, idle }) =>
    idle.map(({ vms, percent, late, monitors }, index) => [
      ...[String(vms), load.title, percent.toFixed(1), (percent / (old[index]?.percent ?? Number.NaN)).toFixed(2)],
      `${late} of ${monitors}`,
    ]),
  );
  const fits = found.map(({ load, idle }) => {
    const { base, each } = straightLine(points(idle));
    return `- ${load.title}: ${base.toFixed(1)} % and ${each.toFixed(3)} % for each VM`;
  });
  const text = `${table(['VMs', '', 'CPU of the node, % of one processor', 'ratio', 'late monitors'], rows)}
A straight line through these:

${fits.join('\n')}
`;
  console.log(text);
  if (values.try) return;
  const series = found.map(({ load, idle }, index) => ({
    ...{ title: load.title, colour: colours[index] ?? '#333', points: points(idle) },
  }));
  const title = 'CPU of a node whose VMs run';
  const file = await writePicture('growth', growthChart(title, ['VMs', '% of one processor'], series));
  await writePart('growth', command, `${aboutGrowth}\n\n${text}\n![growth](${file})`);
}

/** A node of its own, with more and more VMs. */
async function growingNode(load: Load, counts: readonly number[]): Promise<readonly Idle[]> {
  const cluster = await startLoadCluster(folder, 'scale', 1, false);
  try {
    const node = cluster.node('node1');
    if (load.watched) {
      const watch = ['primitive', 'watch', 'ocf:virt:VMWatch', 'op', 'monitor', 'interval=20s', 'timeout=20s'];
      await node.run(['crm', 'configure', ...watch], { timeout: 60_000 });
    }
    const idle: Idle[] = [];
    for (const [index, vms] of counts.entries()) {
      await addVms(cluster, load, (counts[index - 1] ?? 0) + 1, vms);
      await secondsUntil(cluster, vms, ['node1'], 300);
      idle.push(await idleFor(node, vms, load.intervalSeconds));
    }
    return idle;
  } finally {
    await cluster.down();
  }
}

async function idleFor(node: ClusterNode, vms: number, intervalSeconds: number): Promise<Idle> {
  await node.run(['rm', '-f', '/run/bench-xl.log']);
  // The first monitors come after the start of the last VM.
  await sleep(5000 + intervalSeconds * 1000);
  const seconds = Math.max(30, intervalSeconds);
  const [before, began] = [await cpuSeconds(node), performance.now()];
  await sleep(seconds * 1000);
  const [after, ended] = [await cpuSeconds(node), performance.now()];
  const looks = new Map<string, number[]>();
  for (const line of (await node.run(['cat', '/run/bench-xl.log'])).split('\n')) {
    const [vm = '', time] = line.split(' ');
    if (time !== undefined) looks.set(vm, [...(looks.get(vm) ?? []), Number(time)]);
  }
  const gaps = [...looks.values()].flatMap((times) => times.slice(1).map((time, at) => time - (times[at] ?? 0)));
  return {
    vms,
    percent: ((after - before) * 100_000) / (ended - began),
    late: gaps.filter((gap) => gap > intervalSeconds + 1).length,
    monitors: gaps.length,
  };
}

/** User and system time of all processes of a node, with those that they have waited for. */
async function cpuSeconds(node: ClusterNode): Promise<number> {
  const stats = await node.run(['sh', '-c', 'cat /proc/[0-9]*/stat 2>/dev/null; true']);
  const ticks = stats.split('\n').map((line) => {
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return ticks.reduce((sum, own) => sum + own, 0) / 100;
}

async function moves(vms: number): Promise<void> {
  const all: readonly (Load & { readonly isFloor?: true })[] = [
    { title: 'ocf:pacemaker:Dummy that sleeps for 0.3 s', agent: 'ocf:pacemaker:Dummy', ...rare, isFloor: true },
    { title: 'ocf:heartbeat:Xen', agent: 'ocf:heartbeat:Xen', ...rare },
    { title: 'ocf:virt:Xen', agent: 'ocf:virt:Xen', ...rare },
  ];
  const found: { readonly title: string; readonly drain: number; readonly crash: number }[] = [];
  for (const load of all) {
    const times = await movedAway(load, vms);
    console.log(`${load.title}: ${JSON.stringify(times)}`);
    found.push({ title: load.title, ...times });
  }
  const floor = found[0];
  const part = (time: number, of = Number.NaN) => [time.toFixed(1), (time / of).toFixed(2)];
  const rows = found.map(({ title, drain, crash }) => [
    title,
    ...part(drain, floor?.drain),
    ...part(crash, floor?.crash),
  ]);
  const text = table([`${vms} VMs of a node`, 'drain s', 'ratio', 'crash until all run elsewhere s', 'ratio'], rows);
  console.log(text);
  if (!values.try) await writePart('moves', command, `${aboutMoves}\n\n${text}`);
}

/** How long it takes, in seconds, until all VMs of a node run on the two others: drained, and after its crash. */
async function movedAway(load: Load, vms: number): Promise<{ readonly drain: number; readonly crash: number }> {
  const cluster = await startLoadCluster(folder, 'scale', 3, true);
  const others = ['node2', 'node3'];
  const standby = (nodes: readonly string[], value: 'on' | 'off') => setStandby(cluster, nodes, value);
  try {
    await standby(others, 'on');
    await addVms(cluster, load, 1, vms);
    await secondsUntil(cluster, vms, ['node1'], 300);
    await standby(others, 'off');
    await standby(['node1'], 'on');
    const drain = await secondsUntil(cluster, vms, others, 300);
    await standby(['node1'], 'off');
    await standby(others, 'on');
    await secondsUntil(cluster, vms, ['node1'], 300);
    await standby(others, 'off');
    await cluster.waitOnline(3, 60);
    cluster.stayDown(true);
    await cluster.node('node1').kill();
    return { drain, crash: await secondsUntil(cluster, vms, others, 300) };
  } finally {
    await cluster.down();
  }
}

async function setStandby(cluster: Cluster, nodes: readonly string[], value: 'on' | 'off'): Promise<void> {
  for (const node of nodes) await cluster.anyNode().run(['crm_standby', '--node', node, '--update', value]);
}
