import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from './network.ts';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'address', tokenMs: 2000 });
  // What was typed by hand goes: from here on nobody types an address.
  for (const { name } of cluster.nodes) await cluster.anyNode().run(['ocf-virt', 'migration-address', 'unset', name]);
  await cluster.crm(
    ...['configure', 'primitive', 'address', 'ocf:virt:MigrationAddress', 'params', 'network=10.89.1.0/24'],
    ...['op', 'monitor', 'interval=2s', 'timeout=20s'],
  );
  await cluster.crm('configure', 'clone', 'cl-address', 'address');
});
afterAll(() => cluster?.down());

/** The attribute of each node as the operator sees it; null where there is none. */
async function published(): Promise<Record<string, string | null>> {
  const { stdout } = await cluster.anyNode().exec(['ocf-virt', 'attribute', 'get', 'ip_livemigration', '--json']);
  return JSON.parse(stdout) as Record<string, string | null>;
}

const addresses = (...lost: readonly string[]) =>
  Object.fromEntries(
    cluster.nodes.map(({ name }, at) => [name, lost.includes(name) ? null : addressOf(at + 1, 'migration')]),
  );

async function waitPublished(expected: Record<string, string | null>, seconds = 30): Promise<void> {
  const wanted = JSON.stringify(expected);
  const look = async () => JSON.stringify(await published()) === wanted;
  await waitUntil(`the addresses are ${wanted}`, seconds, look, async () => JSON.stringify(await published()));
}

const failures = async () => (await cluster.status())?.failures ?? [];
const instances = async () =>
  ((await cluster.status())?.resources ?? [])
    .filter(({ agent, role }) => agent === 'ocf:virt:MigrationAddress' && role === 'Started')
    .flatMap(({ nodes }) => nodes)
    .sort();

/** Which start or stop of the instance on a node was the last one. */
async function lastAction(node: string): Promise<string> {
  const xpath = `//node_state[@uname='${node}']//lrm_rsc_op[@id='address_last_0']`;
  const stdout = await cluster.anyNode().run(['cibadmin', '--query', '--xpath', xpath]);
  return /transition-key="[^"]*"/.exec(stdout)?.[0] ?? '';
}

const arrivals = (since: number) =>
  cluster.truth().filter(({ name, event, time }) => name === 'vm01' && event === 'received' && time >= since);

async function moveAway(from: string, to: string): Promise<void> {
  const since = Date.now();
  await cluster.crm('resource', 'move', 'vm01', to);
  await cluster.waitRunning('vm01', { on: to });
  await cluster.crm('resource', 'clear', 'vm01');
  expect(from).not.toBe(to);
  expect(arrivals(since)).toMatchObject([{ host: to, detail: { to: addresses()[to] } }]);
}

it('the clone publishes the address of every node, and VMs migrate live over it', async () => {
  await waitPublished(addresses());
  const list = await cluster.anyNode().exec(['ocf-virt', 'migration-address', 'list']);
  expect([list.code, list.stdout]).toEqual([0, expect.stringMatching(/^node2 +10\.89\.1\.12 +transient$/m)]);
  await cluster.createVm('vm01');
  await cluster.crm('configure', 'order', 'address-first', 'Optional:', 'cl-address', 'vm01');
  const source = await cluster.waitRunning('vm01');
  await moveAway(source, source === 'node1' ? 'node2' : 'node1');
  expect(await failures()).toEqual([]);
});

it('an address is withdrawn when its link goes, and comes back with it, without a restart of anything', async () => {
  const home = await cluster.waitRunning('vm01');
  const lost = home === 'node3' ? 'node2' : 'node3';
  const before = await lastAction(lost);
  await cluster.node(lost).unplug('migration');
  await waitPublished(addresses(lost));
  expect(await failures()).toMatchObject([
    {
      operation: expect.stringMatching(/^address.*_monitor_2000$/),
      node: lost,
      code: 190,
      reason: expect.stringContaining('has no link'),
    },
  ]);
  expect(await instances()).toEqual(['node1', 'node2', 'node3']);
  const list = await cluster.anyNode().exec(['ocf-virt', 'migration-address', 'list']);
  expect([list.code, list.stdout]).toEqual([
    1,
    expect.stringContaining(`${lost} has no ip_livemigration: no VM can migrate to it.`),
  ]);
  await cluster.node(lost).plug('migration');
  await waitPublished(addresses());
  expect(await lastAction(lost)).toBe(before);
  // Pacemaker shows the last degraded monitor until somebody cleans up, and counts no failure.
  const { stdout } = await cluster.anyNode().exec(['crm_failcount', '--query', '--resource=address', `--node=${lost}`]);
  expect(stdout).toMatch(/value=0$/m);
  await cluster.crm('resource', 'cleanup', 'cl-address');
  await cluster.waitOnline();
  expect(await failures()).toEqual([]);
  await moveAway(home, lost);
});

it('an attribute that somebody takes away is there again after the next monitor', async () => {
  await cluster.anyNode().run(['ocf-virt', 'attribute', 'unset', 'ip_livemigration', '--all', '--transient']);
  await waitPublished(addresses());
});

it('a node that was lost has its address as soon as it is back, and a VM can migrate to it', async () => {
  const home = await cluster.waitRunning('vm01');
  const lost = home === 'node3' ? 'node2' : 'node3';
  await cluster.node(lost).kill();
  await waitPublished(addresses(lost));
  await waitPublished(addresses(), 60);
  await cluster.waitOnline();
  await moveAway(home, lost);
});

it('a stopped clone leaves no address behind', async () => {
  await cluster.crm('resource', 'stop', 'cl-address');
  await waitPublished(addresses('node1', 'node2', 'node3'));
  expect(await failures()).toEqual([]);
});
