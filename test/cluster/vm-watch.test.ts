import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvent } from '../../lib/history/event.ts';
import { randomNumbers } from '../support/random-numbers.ts';
import { waitUntil } from './wait-until.ts';
import { watchVms } from './watch-vms.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

/** OCF_VIRT_LONG=1 runs what takes too long for every day: 20 deaths, 200 random operations, every fault. */
const isLong = process.env['OCF_VIRT_LONG'] === '1';
const deaths = isLong ? 20 : 4;
const operations = Number(process.env['OCF_VIRT_OPERATIONS'] ?? (isLong ? 200 : 24));
const vms = Array.from({ length: isLong ? 12 : 4 }, (_, index) => `vm${String(index + 1).padStart(2, '0')}`);
const oldVm = 'old01';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'watch', nodes: 3, tokenMs: 2000 });
  await watchVms(cluster);
  const rare = { monitor: 'interval=60s timeout=30s' };
  for (const vm of vms) await cluster.createVm(vm, { settings: { memory: 128 }, operations: rare });
  for (const vm of vms) await cluster.waitRunning(vm);
});
afterAll(() => cluster?.down());

/** Every event in the histories of all nodes. */
async function history() {
  const texts = await Promise.all(
    cluster.nodes.map(({ exec }) => exec(['sh', '-c', 'cat /var/log/ocf-virt/history*.jsonl'])),
  );
  return texts.flatMap(({ stdout }) => stdout.split('\n').map(parseEvent)).filter((event) => event !== undefined);
}

/** When Pacemaker began to recover a VM, by its own log: the stop, in milliseconds since 1970. */
function recoveryBegan(vm: string, since: number): number | undefined {
  const times = cluster.nodes
    .flatMap(({ log }) => log('pacemaker/pacemaker.log', 2000).split('\n'))
    .filter((line) => line.includes(`Requesting local execution of stop operation for ${vm} `))
    .map((line) => Date.parse(`${new Date(since).getFullYear()} ${line.slice(0, 19)}`));
  return times.filter((time) => time >= since).sort((one, other) => one - other)[0];
}

/** Destroys a VM behind the cluster's back; how long it took until its recovery began, in milliseconds. */
async function destroyed(vm: string, seconds: number): Promise<number> {
  const host = await cluster.waitRunning(vm);
  const since = Date.now();
  await cluster.node(host).run(['xl', 'destroy', vm]);
  const end = cluster
    .truth()
    .find(({ name, event, time }) => name === vm && event === 'destroyed' && time >= since)?.time;
  const began = await waitUntil(
    `the recovery of ${vm} begins`,
    seconds,
    () => recoveryBegan(vm, since),
    async () => (await cluster.node(host).exec(['cat', '/run/ocf-virt/vmwatch.log'])).stdout,
  );
  await cluster.waitRunning(vm, { seconds: 60 });
  return began - (end ?? since);
}

const otherNode = (node: string) => cluster.nodes.find(({ name }) => name !== node)?.name ?? '';

const daemonOn = async (node: string) =>
  Number(/"pid":(\d+)/.exec(await cluster.node(node).run(['cat', '/run/ocf-virt/vmwatch.pid']))?.[1]);

describe('no false alarm', () => {
  it(`is raised by ${operations} random starts, stops, reboots, migrations and drains`, {
    timeout: 1_800_000,
  }, async () => {
    const since = Date.now();
    const seed = Number(process.env['OCF_VIRT_SEED'] ?? since);
    const random = randomNumbers(seed);
    const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)] as Item;
    const nodes = cluster.nodes.map(({ name }) => name);
    const done: string[] = [];
    while (done.length < operations) {
      const drained = random() < 0.25 ? pick(nodes) : undefined;
      const works = vms.map((vm) => ({ vm, work: pick(['restart', 'reboot', 'migrate', 'none', 'shutdown']) }));
      if (drained !== undefined) {
        await cluster.crm('node', 'standby', drained);
        done.push(`drain ${drained}`);
      }
      await Promise.all(
        works.map(async ({ vm, work }) => {
          const host = cluster.hostOf(vm);
          if (work === 'none' || host === undefined || (drained !== undefined && work === 'migrate')) return;
          done.push(`${work} ${vm}`);
          if (work === 'reboot') await cluster.node(host).exec(['xl', 'reboot', vm]);
          if (work === 'restart') await cluster.crm('resource', 'restart', vm);
          if (work === 'shutdown') {
            await cluster.crm('resource', 'stop', vm);
            await cluster.crm('resource', 'start', vm);
          }
          if (work === 'migrate') {
            await cluster.crm('resource', 'move', vm, pick(nodes.filter((node) => node !== host)), 'force');
          }
        }),
      );
      for (const vm of vms) {
        await cluster.waitRunning(vm, { seconds: 120 });
        await cluster.anyNode().exec(['crm', 'resource', 'clear', vm]);
      }
      if (drained !== undefined) await cluster.crm('node', 'online', drained);
      await cluster.waitOnline();
    }
    const story = `seed ${seed}: ${done.join(', ')}`;
    const alarms = (await history()).filter(({ event, time }) => event === 'died' && time >= since);
    expect(alarms, story).toEqual([]);
    // What crm_resource --fail leaves. A migration that an order of another operation cuts short is Pacemaker's own.
    const told = (await cluster.status())?.failures.filter(({ operation }) => operation.includes('asyncmon'));
    expect(told, story).toEqual([]);
    expect(cluster.fencedLog()).toEqual([]);
    cluster.mustNeverHaveRunTwice();
    console.log(`${done.length} operations, no alarm (seed ${seed})`);
  });
});

describe('a VM that is destroyed behind the back of the cluster', () => {
  it('is recovered at once with a monitor of 60 s, long before the old agent with one of 10 s notices', async () => {
    await cluster.createVm(oldVm, {
      agent: 'ocf:heartbeat:Xen',
      settings: { memory: 256 },
      operations: { monitor: 'interval=10s timeout=60s' },
    });
    const ours: number[] = [];
    const old: number[] = [];
    const watchOld = (async () => {
      for (let count = 0; count < Math.ceil(deaths / 4); count += 1) old.push(await destroyed(oldVm, 90));
    })();
    for (let count = 0; count < deaths; count += 1) ours.push(await destroyed('vm01', 90));
    await watchOld;
    const show = (times: number[]) => times.map((ms) => (ms / 1000).toFixed(2)).join(' ');
    const inTime = ours.filter((ms) => ms < 1000).length;
    console.log(
      `seconds until the recovery began: ${show(ours)} (${inTime} of ${deaths} within 1 s)\nocf:heartbeat:Xen, monitor 10 s: ${show(old)}`,
    );
    expect(Math.max(...ours)).toBeLessThan(Math.min(...old));
    const told = (await history()).filter(({ event }) => event === 'died');
    expect(told).toHaveLength(deaths);
    for (const one of told) {
      expect(one).toMatchObject({ vm: 'vm01', told: true, reason: 'it was destroyed from outside' });
    }
    cluster.mustNeverHaveRunTwice();
    await cluster.crm('resource', 'stop', oldVm);
    await cluster.crm('resource', 'cleanup');
  }, 900_000);

  it('is found by the next daemon when its own was killed', async () => {
    const host = await cluster.waitRunning('vm02');
    const pid = await daemonOn(host);
    await cluster.node(host).run(['kill', '-KILL', String(pid)]);
    await destroyed('vm02', 55);
    await waitUntil('another daemon runs', 30, async () => (await daemonOn(host)) !== pid);
    const listeners = await cluster.node(host).run(['pgrep', '-f', '^xenstore-watch']);
    expect(listeners.trim().split('\n')).toHaveLength(1);
    expect(cluster.fencedLog()).toEqual([]);
    await cluster.crm('resource', 'cleanup');
  });

  it('is recovered on a node whose disk is full', async () => {
    const host = await cluster.waitRunning('vm03');
    const fill = 'mount -t tmpfs -o size=4k full /var/log/ocf-virt && head -c 4096 /dev/zero > /var/log/ocf-virt/full';
    await cluster.node(host).run(['sh', '-c', fill]);
    await destroyed('vm03', 55);
    await cluster.crm('resource', 'move', 'vm03', otherNode(host), 'force');
    await cluster.waitRunning('vm03', { notOn: host });
    expect(cluster.fencedLog()).toEqual([]);
    await cluster.node(host).run(['umount', '/var/log/ocf-virt']);
    await cluster.crm('resource', 'clear', 'vm03');
    await cluster.crm('resource', 'cleanup');
  });

  it.runIf(isLong)('is recovered although its daemon hung', async () => {
    const host = await cluster.waitRunning('vm02');
    const pid = await daemonOn(host);
    await cluster.node(host).run(['kill', '-STOP', String(pid)]);
    const ms = await destroyed('vm02', 55);
    console.log(`daemon hung: recovery began after ${(ms / 1000).toFixed(1)} s`);
    await waitUntil('another daemon runs', 60, async () => (await daemonOn(host)) !== pid);
    expect(cluster.fencedLog()).toEqual([]);
    await cluster.crm('resource', 'cleanup');
  });

  it.runIf(isLong)('is recovered after xenstored was started anew', async () => {
    const host = await cluster.waitRunning('vm02');
    await cluster.node(host).run(['ocf-virt-sim', 'restart-xenstored']);
    const ms = await destroyed('vm02', 55);
    console.log(`xenstored restarted: recovery began after ${(ms / 1000).toFixed(1)} s`);
    await destroyed('vm02', 55);
    const died = (await history()).filter(({ vm, event }) => vm === 'vm02' && event === 'died');
    expect(died.toSorted((one, other) => one.time - other.time).at(-1)).toMatchObject({ told: true });
    expect(cluster.fencedLog()).toEqual([]);
    await cluster.crm('resource', 'cleanup');
  });

  it.runIf(isLong)('is recovered after the daemon of the CIB was killed', async () => {
    const { seconds, fencings } = await withoutCib('vm02');
    console.log(`CIB daemon killed: ran again after ${seconds.toFixed(1)} s, fencings: ${fencings}`);
  });
});

/** Kills the CIB daemon on the node of a VM, and destroys the VM; how long until it ran again, and who was fenced. */
async function withoutCib(vm: string): Promise<{ readonly seconds: number; readonly fencings: number }> {
  const host = await cluster.waitRunning(vm);
  const before = cluster.fencedLog().length;
  const since = Date.now();
  await cluster.node(host).run(['pkill', '-KILL', '-x', 'pacemaker-based']);
  await cluster.node(host).run(['xl', 'destroy', vm]);
  const ran = await waitUntil(
    `${vm} runs again`,
    150,
    () => cluster.truth().find(({ name, event, time }) => name === vm && event === 'running' && time > since)?.time,
  );
  await cluster.waitOnline();
  await cluster.waitRunning(vm, { seconds: 60 });
  cluster.mustNeverHaveRunTwice();
  await cluster.crm('resource', 'cleanup');
  return { seconds: (ran - since) / 1000, fencings: cluster.fencedLog().length - before };
}

it('without anybody who watches the cluster works as before', async () => {
  await cluster.crm('resource', 'stop', 'watches');
  await cluster.waitOnline();
  expect((await cluster.node('node1').exec(['pgrep', '-f', '[w]atch-daemon|^xenstore-watch'])).stdout).toBe('');
  const from = await cluster.waitRunning('vm04');
  const before = cluster.fencedLog().length;
  await cluster.crm('resource', 'move', 'vm04', otherNode(from), 'force');
  await cluster.waitRunning('vm04', { notOn: from });
  expect(cluster.fencedLog()).toHaveLength(before);
  if (!isLong) return;
  // Pacemaker fences a node whose CIB daemon dies, whoever watches.
  const { seconds, fencings } = await withoutCib('vm02');
  console.log(`CIB daemon killed, nobody watches: ran again after ${seconds.toFixed(1)} s, fencings: ${fencings}`);
});
