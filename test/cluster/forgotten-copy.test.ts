import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;

beforeAll(async () => {
  cluster = await startXenCluster({ name: 'forgotten', tokenMs: 2000 });
  await cluster.createVm('vm01', { settings: { memory: 256, sim_migrate_mib_per_second: 100 } });
});
afterAll(() => cluster?.down());

async function sendTo(node: string) {
  await cluster.anyNode().exec(['crm_resource', '--clear', '--resource', 'vm01']);
  await cluster.anyNode().run(['crm_resource', '--move', '--resource', 'vm01', '--node', node]);
}

it('A VM does not start beside a copy that Pacemaker has forgotten: it goes on running where it has migrated to', async () => {
  const [first, second, third] = ['node1', 'node2', 'node3'] as const;
  for (const node of [first, second, first]) {
    await sendTo(node);
    await cluster.waitRunning('vm01', { on: node });
  }
  const since = Date.now();
  const begun = () => cluster.truth().some(({ event, time }) => event === 'migrate-begin' && time >= since);
  await sendTo(second);
  await waitUntil('a migration is under way', 60, begun);
  await sendTo(third);
  const refused = new RegExp(
    `vm01 runs on ${second}, brought there by a migration that the cluster forgot. Tell it: crm_resource --refresh --resource vm01`,
  );
  // Only where Pacemaker orders the second start is there anything to refuse.
  await waitUntil('a start is refused', 60, () => {
    cluster.mustNeverHaveRunTwice();
    return refused.test(cluster.node(third).log('pacemaker/pacemaker.log', 5000));
  });
  await cluster.waitRunning('vm01', { on: second });
  cluster.mustNeverHaveRunTwice();
  const events = cluster.truth().filter(({ time }) => time >= since);
  expect(events.map(({ event }) => event)).not.toContain('shutdown');
  expect(new Set(events.map(({ uuid }) => uuid)).size).toBe(1);
  expect(cluster.fencedLog()).toEqual([]);
});
