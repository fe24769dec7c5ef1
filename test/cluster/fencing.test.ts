import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
let host = '';
let since = 0;

beforeAll(async () => {
  cluster = await startXenCluster({ name: 'fencing', tokenMs: 2000 });
  await cluster.createVm('vm01', { params: { toolstack_timeout: '2', unknown_tolerance: '1' } });
});
afterAll(() => cluster?.down());
beforeEach(async () => {
  host = await cluster.waitRunning('vm01');
  since = Date.now();
});
afterEach(async () => {
  cluster.mustNeverHaveRunTwice();
  await cluster.heal();
  await cluster.waitOnline();
  await cluster.crm('resource', 'cleanup', 'vm01');
});

/** Returns when the VM runs on another node, after its first node was fenced. */
async function mustBeFencedThenRestarted(seconds: number) {
  const fencing = await waitUntil(
    `${host} is fenced`,
    seconds,
    () => cluster.fencedLog().find(({ node, time, answer }) => node === host && time >= since && answer === 'off'),
    async () => JSON.stringify(await cluster.status()),
  );
  cluster.clearFaults(host);
  await cluster.waitRunning('vm01', { notOn: host });
  const start = cluster
    .truth()
    .find(({ name, event, time }) => name === 'vm01' && event === 'created' && time >= since);
  expect(start?.host).not.toBe(host);
  expect(start?.time).toBeGreaterThanOrEqual(fencing.time);
}

it('the VM of a node that crashes starts elsewhere, after that node was fenced', async () => {
  await cluster.node(host).kill();
  await mustBeFencedThenRestarted(40);
});

it('the VM of a node that is cut off starts elsewhere, after that node was fenced', async () => {
  const rest = cluster.nodes.map(({ name }) => name).filter((name) => name !== host);
  await cluster.partition([rest, [host]]);
  await mustBeFencedThenRestarted(40);
});

it('the VM of a node that hangs as a whole starts elsewhere, after that node was fenced', async () => {
  const node = cluster.node(host);
  // A program that somebody has started there does not keep it from being switched off.
  const program = node.exec(['sleep', '300'], { timeout: 300_000 });
  await waitUntil('the program runs', 20, async () => (await node.exec(['pgrep', '-fx', 'sleep 300'])).code === 0);
  node.freeze();
  await mustBeFencedThenRestarted(40);
  expect((await program).code).toBe(137);
});

it.each(['error', 'hang-hard'] as const)(
  'a toolstack that stays silent (%s) gets its node fenced before the VM starts elsewhere',
  async (kind) => {
    cluster.setFault(host, 'xl', { kind });
    await waitUntil('the monitor says degraded first', 40, async () =>
      (await cluster.status())?.failures.some(
        ({ operation, code }) => operation === 'vm01_monitor_5000' && code === 190,
      ),
    );
    await mustBeFencedThenRestarted(60);
  },
);
