import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Cluster, ClusterNode } from '../cluster/cluster.ts';
import { growthChart, straightLine } from './growth.ts';
import { machine, table, writePart, writePicture } from './page.ts';
import { median } from './sample.ts';
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
is late when it comes more than a second after its time. For the VMs is what the node without any VM does not take. The files of
the node lie in its memory, the executable in small pages.`;
const aboutMoves = `How long it takes on a real cluster of three nodes until all VMs of one run elsewhere: when it is drained, and
when it crashes, with detection and fencing. The stub of xl needs 0.3 s for a create and for a migration, which goes over the
real ssh. The floor is an agent in C that does for each action nothing but call the one xl that it takes, and looks at nothing
before or after: what Pacemaker, xl and its ssh need by themselves. Medians.`;

/** Monitors that do not matter. */
const rare = { intervalSeconds: 60, watched: false };
const colours = ['#c05040', '#4878a8', '#50a060'];

/** What a node with some VMs does while nothing happens. */
interface Idle {
  readonly vms: number;
  /** CPU of all its processes, those of the cluster too, in percent of one processor. */
  readonly percent: number;
  /** What of it there is not without any VM: the agents, and what the cluster does for them. */
  readonly forVms: number;
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
    idle.map(({ vms, late, monitors, ...used }, index) => {
      const part = (of: 'percent' | 'forVms') => [
        used[of].toFixed(1),
        (used[of] / (old[index]?.[of] ?? Number.NaN)).toFixed(2),
      ];
      return [String(vms), load.title, ...part('percent'), ...part('forVms'), `${late} of ${monitors}`];
    }),
  );
  const fits = found.map(({ load, idle }) => {
    const { base, each } = straightLine(points(idle));
    return `- ${load.title}: ${base.toFixed(1)} % and ${each.toFixed(3)} % for each VM`;
  });
  const text = `${table(['VMs', '', 'CPU of the node, % of one processor', 'ratio', 'of this for the VMs', 'ratio', 'late monitors'], rows)}
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
    const { percent: empty } = await idleFor(node, 0, 60);
    if (load.watched) {
      const watch = ['primitive', 'watch', 'ocf:virt:VMWatch', 'op', 'monitor', 'interval=20s', 'timeout=20s'];
      await node.run(['crm', 'configure', ...watch], { timeout: 60_000 });
    }
    const idle: Idle[] = [];
    for (const [index, vms] of counts.entries()) {
      await addVms(cluster, load, (counts[index - 1] ?? 0) + 1, vms);
      await secondsUntil(cluster, vms, ['node1'], 300);
      const used = await idleFor(node, vms, load.intervalSeconds);
      idle.push({ ...used, forVms: used.percent - empty });
    }
    return idle;
  } finally {
    await cluster.down();
  }
}

async function idleFor(node: ClusterNode, vms: number, intervalSeconds: number): Promise<Omit<Idle, 'forVms'>> {
  await node.run(['rm', '-f', '/run/bench-xl.log']);
  // The first monitors come after the start of the last VM.
  await sleep(5000 + intervalSeconds * 1000);
  const seconds = Math.max(30, intervalSeconds);
  const [before, began] = [await cpuSeconds(node), performance.now()];
  await sleep(seconds * 1000);
  const [after, ended] = [await cpuSeconds(node), performance.now()];
  const looks = new Map<string, number[]>();
  for (const line of (await node.run(['sh', '-c', 'cat /run/bench-xl.log 2>/dev/null; true'])).split('\n')) {
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

interface Moves {
  /** Seconds. */
  readonly drain: number;
  readonly crash: number;
}

async function moves(vms: number): Promise<void> {
  const floorTitle = 'the floor: xl alone';
  const all: readonly { readonly load: Load; readonly rounds: number }[] = [
    { load: { title: floorTitle, agent: 'ocf:bench:Bare', ...rare }, rounds: 3 },
    // Far from the others, and minutes for each.
    { load: { title: 'ocf:heartbeat:Xen', agent: 'ocf:heartbeat:Xen', ...rare }, rounds: 1 },
    { load: { title: 'ocf:virt:Xen', agent: 'ocf:virt:Xen', ...rare }, rounds: 3 },
  ];
  const found = new Map<string, Moves[]>();
  for (const round of [1, 2, 3]) {
    for (const { load, rounds } of all) {
      if (round > rounds) continue;
      const times = await movedAway(load, vms);
      console.log(`${load.title}: ${JSON.stringify(times)}`);
      found.set(load.title, [...(found.get(load.title) ?? []), times]);
    }
  }
  const middle = (title: string, of: keyof Moves) => median((found.get(title) ?? []).map((times) => times[of]));
  const rows = all.map(({ load: { title }, rounds }) => {
    const part = (of: keyof Moves) => [
      middle(title, of).toFixed(1),
      (middle(title, of) / middle(floorTitle, of)).toFixed(2),
    ];
    return [title, ...part('drain'), ...part('crash'), String(rounds)];
  });
  const head = [`${vms} VMs of a node`, 'drain s', 'ratio', 'crash until all run elsewhere s', 'ratio', 'rounds'];
  const text = table(head, rows);
  console.log(text);
  if (!values.try) await writePart('moves', command, `${aboutMoves}\n\n${text}`);
}

/** How long it takes until all VMs of a node run on the two others: drained, and after its crash. */
async function movedAway(load: Load, vms: number): Promise<Moves> {
  const cluster = await startLoadCluster(folder, 'scale', 3, true);
  // Of the DC's crash the others would first have to elect a new one.
  const dc = (await cluster.status())?.dc;
  const names = cluster.nodes.map(({ name }) => name);
  const home = names.find((name) => name !== dc) ?? 'node1';
  const others = names.filter((name) => name !== home);
  const standby = (nodes: readonly string[], value: 'on' | 'off') => setStandby(cluster, nodes, value);
  try {
    // Three nodes with one machine's load would each hold back their actions for what the others do.
    await cluster.anyNode().run(['crm_attribute', '--name', 'load-threshold', '--update', '400%']);
    await standby(others, 'on');
    await addVms(cluster, load, 1, vms);
    await secondsUntil(cluster, vms, [home], 300);
    await standby(others, 'off');
    await standby([home], 'on');
    const drain = await secondsUntil(cluster, vms, others, 300);
    await standby([home], 'off');
    await standby(others, 'on');
    await secondsUntil(cluster, vms, [home], 300);
    await standby(others, 'off');
    await cluster.waitOnline(3, 60);
    cluster.stayDown(true);
    await cluster.node(home).kill();
    return { drain, crash: await secondsUntil(cluster, vms, others, 300) };
  } finally {
    await cluster.down();
  }
}

async function setStandby(cluster: Cluster, nodes: readonly string[], value: 'on' | 'off'): Promise<void> {
  for (const node of nodes) await cluster.anyNode().run(['crm_standby', '--node', node, '--update', value]);
}
