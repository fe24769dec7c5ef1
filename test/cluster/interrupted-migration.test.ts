import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdMigrations } from '../sim/control.ts';
import { buildLibxl, libxlLibraries } from '../sim/libxl/build.ts';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

type Point = 'copy' | 'ready' | 'go' | 'report';
type Victim = 'xl' | 'transport' | 'receiver' | 'agent';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'interrupted' });
  // What the agent calls to resume a guest that a migration left suspended.
  buildLibxl(cluster.sharedFolder);
  for (const node of cluster.nodes) {
    for (const library of libxlLibraries) await node.run(['cp', `/shared/${library}`, '/usr/lib/x86_64-linux-gnu/']);
  }
  await cluster.crm('configure', 'rsc_defaults', 'resource-stickiness=100');
  await cluster.createVm('vm01', {
    settings: { sim_shutdown_seconds: '0.2', sim_migrate_mib_per_second: 256 },
    operations: { migrate_to: 'interval=0 timeout=60s', migrate_from: 'interval=0 timeout=60s' },
  });
  await cluster.waitRunning('vm01');
});
afterAll(() => cluster?.down());

/** Whom to kill, on which end, by the command line. */
const victims: Record<Victim, readonly ['source' | 'target', string]> = {
  xl: ['source', '^([^ ]*/)?xl migrate '],
  transport: ['source', '^([^ ]*/)?(ocf-virt-sim relay|ssh .*xl migrate-receive)'],
  receiver: ['target', '^([^ ]*/)?xl migrate-receive'],
  agent: ['source', '^/usr/lib/ocf/resource.d/virt/Xen migrate_to'],
};

const cases = (['copy', 'ready', 'go', 'report'] as const).flatMap((point) =>
  (Object.keys(victims) as Victim[])
    // A receiver whose report is held has done its work and ended.
    .filter((victim) => point !== 'report' || victim !== 'receiver')
    .map((victim): [Point, Victim] => [point, victim]),
);

describe('a migration that is interrupted', () => {
  it.each(cases)(
    'at "%s", by a SIGKILL of the %s, ends with exactly one copy that runs, where the cluster says',
    async (point, victim) => {
      const source = await cluster.waitRunning('vm01');
      const target = source === 'node1' ? 'node2' : 'node1';
      const before = cluster.truth().length;
      // An xl that was killed while it was held leaves its mark behind.
      await cluster.node(source).run(['rm', '-f', '/run/ocf-virt-sim/migrate-held']);
      holdMigrations(cluster.simHost(source), point, 20);
      await cluster.crm('resource', 'move', 'vm01', target);
      await waitUntil('the migration is held', 30, async () => {
        const { code, stdout } = await cluster.node(source).exec(['cat', '/run/ocf-virt-sim/migrate-held']);
        return code === 0 && stdout.trim() === point;
      });
      const [end, pattern] = victims[victim];
      // Its daemon half, which belongs to init, is not the one in the handshake.
      const handshake = `pgrep -f '${pattern}' | while read p; do grep -q '^PPid:[[:space:]]1$' /proc/$p/status || { kill -KILL $p && echo $p; }; done; true`;
      const killed = await cluster.node(end === 'source' ? source : target).run(['sh', '-c', handshake]);
      expect(killed).toMatch(/^\d+\n/);
      cluster.clearFaults(source);

      const where = await cluster.waitRunning('vm01', { seconds: 90 });
      expect(cluster.copies('vm01')).toHaveLength(1);
      cluster.mustNeverHaveRunTwice();
      for (const node of cluster.nodes) {
        const list = await node.run(['xl', 'list']);
        const left = list.split('\n').filter((line) => line.startsWith('vm01') || line.startsWith('(null)'));
        expect([node.name, left.length]).toEqual([node.name, node.name === where ? 1 : 0]);
      }
      // What went wrong is said in a reason that names the VM, unless it was the agent that was killed. Pacemaker keeps
      // the reasons of migrations in its log only.
      for (const { operation, node } of (await cluster.status())?.failures ?? []) {
        const log = cluster.node(node).log('pacemaker/pacemaker.log', 2000);
        if (victim !== 'agent')
          expect([operation, log]).toEqual([operation, expect.stringMatching(/ocf-exit-reason:vm01 /)]);
      }
      expect(cluster.fencedLog()).toHaveLength(0);
      expect(cluster.truth().length).toBeGreaterThan(before);
      await cluster.crm('resource', 'clear', 'vm01');
      await cluster.crm('resource', 'cleanup', 'vm01');
    },
  );
});
