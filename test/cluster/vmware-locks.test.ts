import { utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { locksOf, plantLock } from '../sim/vmware/control.ts';
import type { Outcome } from './machine.ts';
import { startVmCluster, type VmCluster } from './vm-cluster.ts';
import { createVmwareVm, makeVmx, toolstacks } from './vmware-vms.ts';
import { waitUntil } from './wait-until.ts';

let cluster: VmCluster;
afterEach(() => cluster.mustNeverHaveRunTwice());

/** Runs the agent by hand on a node, for a VM that the cluster does not know. */
function act(node: string, action: string, params: Readonly<Record<string, string>>): Promise<Outcome> {
  const settings = Object.entries(params).map(([name, value]) => `OCF_RESKEY_${name}=${value}`);
  const meta = ['OCF_ROOT=/usr/lib/ocf', 'OCF_RESOURCE_INSTANCE=race', `OCF_RESKEY_CRM_meta_on_node=${node}`];
  const timeout = `OCF_RESKEY_CRM_meta_timeout=40000`;
  return cluster
    .node(node)
    .exec(['env', ...meta, timeout, ...settings, '/usr/lib/ocf/resource.d/virt/VMware', action], { timeout: 60_000 });
}

const failedStart = (vm: string) =>
  waitUntil(`the start of ${vm} fails`, 60, async () =>
    (await cluster.status())?.failures.find(({ operation }) => operation === `${vm}_start_0`),
  );

describe('in a cluster without fencing', () => {
  beforeAll(async () => {
    cluster = await startVmCluster({ name: 'unfenced', tokenMs: 1000, fencing: false });
  });
  afterAll(() => cluster?.down());

  it('the VM of a node that crashed starts nowhere, and crm_mon says which node holds its locks', async () => {
    const { here } = await createVmwareVm(cluster, 'vm01');
    const node = await cluster.waitRunning('vm01');
    const locks = locksOf(here);
    await cluster.node(node).kill();
    const failure = await failedStart('vm01');
    expect(failure.node).not.toBe(node);
    expect(failure.reason).toMatch(new RegExp(`is locked by process \\d+ vmware-vmx of node ${node}`));
    expect(cluster.node(failure.node).log('pacemaker/pacemaker.log', 5000)).toContain(
      `of node ${node}, which is offline but was not fenced after it had written the lock`,
    );
    await waitUntil('no other node starts it either', 60, async () => {
      const starts = (await cluster.status())?.failures.filter(({ operation }) => operation === 'vm01_start_0') ?? [];
      return starts.length === 2;
    });
    expect(cluster.copies('vm01')).toEqual([]);
    expect(locksOf(here)).toEqual(locks);
    // An administrator who has seen that the node is off says so to Pacemaker: that is as good as fencing.
    await cluster.anyNode().run(['stonith_admin', '--confirm', node]);
    await cluster.crm('resource', 'cleanup', 'vm01');
    await cluster.waitRunning('vm01', { notOn: node });
    await cluster.node(node).boot();
    await cluster.waitOnline();
  });
});

describe('in a cluster with fencing', () => {
  beforeAll(async () => {
    cluster = await startVmCluster({ name: 'locks', tokenMs: 1000 });
  });
  afterAll(() => cluster?.down());

  it('a lock of a node that was stopped in good order goes only with lock_policy=fenced-or-stopped', async () => {
    const { here } = await createVmwareVm(cluster, 'vm02', { meta: { 'target-role': 'Stopped' } });
    const lock = plantLock(here, { machineName: 'node3', ethernet: '02:00:00:00:00:03' });
    await cluster.node('node3').stop();
    await cluster.crm('resource', 'start', 'vm02');
    const failure = await failedStart('vm02');
    expect(failure.reason).toMatch(/is locked by process \d+ vmware-vmx of node node3/);
    expect(locksOf(here)).toMatchObject({ 'vm02.vmx': [expect.stringMatching(lock.slice(-10))] });
    await cluster.crm('resource', 'param', 'vm02', 'set', 'lock_policy', 'fenced-or-stopped');
    await cluster.crm('resource', 'cleanup', 'vm02');
    await cluster.waitRunning('vm02', { seconds: 60 });
    await cluster.node('node3').boot();
    await cluster.waitOnline();
    expect(cluster.fencedLog()).toEqual([]);
  });

  it('a node that was fenced starts its VM again itself, in spite of its own old locks', async () => {
    await createVmwareVm(cluster, 'vm03');
    const node = await cluster.waitRunning('vm03');
    for (const { name } of cluster.nodes) {
      if (name !== node) await cluster.crm('configure', 'location', `not-${name}`, 'vm03', '-inf:', name);
    }
    await cluster.node(node).kill();
    await waitUntil(`${node} is fenced`, 40, () => cluster.fencedLog().some((one) => one.node === node));
    await waitUntil('it runs nowhere', 10, () => cluster.copies('vm03').length === 0);
    await cluster.waitRunning('vm03', { on: node, seconds: 60 });
    expect((await cluster.status())?.failures).toEqual([]);
    await cluster.waitOnline();
  });

  // A lock that a fenced node left is broken by both at the same moment: the most dangerous case.
  it.each(toolstacks)(
    'with %s, of two nodes that start the same VM at once, one wins, in every round',
    async (toolstack) => {
      const vm = `race-${toolstack}`;
      const { here, there } = makeVmx(cluster, vm);
      const params = { vmxpath: there, toolstack, stop_method: 'hard' };
      await cluster.anyNode().run(['stonith_admin', '--reboot', 'node3', '--tolerance', '1s']);
      await waitUntil('node3 was fenced', 30, () => cluster.fencedLog().some((one) => one.node === 'node3'));
      const rounds = 10;
      const won = { node1: 0, node2: 0 };
      for (let round = 0; round < rounds; round += 1) {
        if (round % 3 > 0) {
          const old = plantLock(here, { machineName: 'node3', ethernet: '02:00:00:00:00:03' });
          utimesSync(old, new Date(0), new Date(Date.now() - 3_600_000));
        }
        const since = Date.now();
        // One of them gets a head start of up to a tenth of a second, so that they meet in every phase of a start.
        const late = round % 2 === 0 ? 'node1' : 'node2';
        const starting = (node: 'node1' | 'node2') =>
          sleep(node === late ? round * 8 : 0).then(() => act(node, 'start', params));
        const [one, two] = await Promise.all([starting('node1'), starting('node2')]);
        expect([one.code, two.code].toSorted(), one.stderr + two.stderr).toEqual([0, 1]);
        const winner = one.code === 0 ? 'node1' : 'node2';
        const loser = one.code === 0 ? 'node2' : 'node1';
        won[winner] += 1;
        expect((one.code === 0 ? two : one).stderr).toMatch(/ocf-exit-reason:/);
        // What Pacemaker does after a start that failed; the winner must not suffer.
        expect((await act(loser, 'stop', params)).code).toBe(0);
        expect((await act(winner, 'monitor', params)).code).toBe(0);
        const starts = cluster
          .truth()
          .filter(({ name, time, event }) => name === vm && time >= since && event === 'running');
        expect(starts.map(({ host }) => host)).toEqual([winner]);
        expect((await act(winner, 'stop', params)).code).toBe(0);
        expect(locksOf(here)).toEqual({});
      }
      console.log(`${toolstack}: ${rounds} rounds, won by ${JSON.stringify(won)}`);
      await cluster.waitOnline();
    },
  );
});
