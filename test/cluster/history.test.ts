import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HistoryEvent } from '../../lib/history/event.ts';
import type { Life } from '../../lib/history/lives.ts';
import { waitUntil } from './wait-until.ts';
import { watchVms } from './watch-vms.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'history', tokenMs: 1500 });
  await watchVms(cluster);
  await cluster.createVm('vm01', { settings: { memory: 256 }, operations: { monitor: 'interval=60s timeout=30s' } });
  await cluster.waitRunning('vm01');
});
afterAll(() => cluster?.down());

interface Told {
  readonly events: readonly HistoryEvent[];
  readonly silent: readonly { readonly node: string; readonly why: string }[];
}

const ask = async (node: string, ...words: string[]) => {
  const { code, stdout } = await cluster.node(node).exec(['ocf-virt', ...words], { timeout: 60_000 });
  return { code, stdout };
};
const events = async (node: string, ...words: string[]) => {
  const { code, stdout } = await ask(node, 'events', '--since', '1h', '--json', ...words);
  return { code, ...(JSON.parse(stdout) as Told) };
};
/** The story of vm01 since a moment, as any node tells it. */
const storySince = async (time: number) =>
  (await events(cluster.anyNode().name)).events
    .filter((event) => event.time >= time)
    .map(({ event, node }) => `${event} ${node}`);

const otherThan = (...nodes: string[]) => cluster.nodes.find(({ name }) => !nodes.includes(name))?.name ?? '';

let first: string;
let second: string;

it('a start and a live migration are told alike by every node', async () => {
  first = await cluster.waitRunning('vm01');
  second = otherThan(first);
  await cluster.crm('resource', 'move', 'vm01', second, 'force');
  await cluster.waitRunning('vm01', { on: second });
  await cluster.crm('resource', 'clear', 'vm01');
  const told = await Promise.all(cluster.nodes.map(({ name }) => events(name, '--vm', 'vm01')));
  expect(told.map(({ code }) => code)).toEqual([0, 0, 0]);
  for (const { events } of told) expect(events).toEqual(told[0]?.events);
  const migrated = told[0]?.events.find(({ event }) => event === 'migrated');
  expect(migrated).toMatchObject({ node: first, to: second, live: true, memoryMiB: 256 });
  expect(migrated?.address).toMatch(/^10\.89\.1\./);
  expect(told[0]?.events.map(({ event, node }) => `${event} ${node}`)).toEqual(
    expect.arrayContaining([`started ${first}`, `migrated ${first}`, `arrived ${second}`]),
  );
});

it('a death is told with its cause, and those who follow hear of it at once', async () => {
  const since = Date.now();
  const follower = cluster
    .node(first)
    .exec(['timeout', '-s', 'INT', '12', 'ocf-virt', 'events', '--follow', '--since', '1s'], {
      timeout: 30_000,
    });
  await cluster.node(second).run(['xl', 'sysrq', 'vm01', 'c']);
  await waitUntil('vm01 runs anew', 30, () =>
    cluster.truth().some(({ event, time }) => event === 'running' && time > since),
  );
  await cluster.waitRunning('vm01');
  const story = await storySince(since);
  expect(story[0]).toBe(`died ${second}`);
  expect(story.at(-1)).toMatch(/^started /);
  const { stdout } = await follower;
  expect(stdout).toMatch(/vm01 {2}died: its guest crashed; the cluster was told at once/);
  expect(stdout).toMatch(/vm01 {2}was started in \d+\.\d s/);
});

it('a crash of the node is told by the others', async () => {
  const since = Date.now();
  const host = await cluster.waitRunning('vm01');
  cluster.stayDown(true);
  await cluster.node(host).kill();
  await cluster.waitRunning('vm01', { notOn: host, seconds: 60 });
  const { code, silent, events: all } = await events(otherThan(host));
  expect([code, silent.map(({ node }) => node)]).toEqual([1, [host]]);
  expect(all.filter(({ time }) => time >= since - 1000).map(({ event }) => event)).toEqual(['fenced', 'started']);
  await cluster.node(host).boot();
  await cluster.waitOnline();
});

it('the report has the stays of the VM as they truly were, and its interruptions', async () => {
  const asked = otherThan('');
  const { code, stdout } = await ask(asked, 'report', '--since', '1h', '--output', '/shared/report.html', '--json');
  const { vms } = JSON.parse(stdout) as { vms: Life[] };
  expect(code).toBe(0);
  const [life] = vms;
  // The truth: on which host it began to run, whenever that changed.
  const hosts = cluster
    .truth()
    .filter(({ event, name }) => name === 'vm01' && ['running', 'unpaused', 'resumed'].includes(event))
    .map(({ host }) => host);
  expect(life?.stays.map(({ node }) => node)).toEqual(hosts);
  expect(life?.interruptions.map(({ cause }) => cause)).toEqual([
    'its guest crashed',
    expect.stringMatching(/^node\d was fenced$/),
  ]);
  expect(life?.moves).toHaveLength(1);
  const page = readFileSync(join(cluster.sharedFolder, 'report.html'), 'utf8');
  expect(page).toContain('its guest crashed');
  expect(page).toContain(`${life?.interruptions[1]?.cause}`);
});
