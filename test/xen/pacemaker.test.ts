import { afterAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { configure, endCluster, runningOn, settle, startCluster, status, until, untilOnline } from './cluster.ts';
import { clearHost, countsOn, idOf, type Life, lifeOf, untilAlive, writeGuest } from './guest.ts';
import { holdNextMigration, release, strike, untilHeld } from './held-migration.ts';
import type { Host } from './host.ts';
import { withHosts } from './with-hosts.ts';

let hosts: Host[] = [];

const pair = withHosts(async ({ node1, node2 }) => {
  hosts = [node1, node2];
  for (const host of hosts) await clearHost(host);
  for (const host of hosts) await writeGuest(host, 'h1');
  await startCluster(hosts);
  await configure(hosts, [
    `primitive h1 ocf:virt:Xen params xmfile=/etc/xen/h1.cfg node_ip_attribute=ip_livemigration
      op start timeout=90s op stop timeout=60s op monitor interval=10s timeout=30s
      op migrate_to timeout=120s op migrate_from timeout=90s meta allow-migrate=true`.replaceAll(/\n */g, ' '),
    'location h1-first h1 50: node1',
  ]);
  await settle(node1);
});

afterAll(() => endCluster(hosts));

let before: Life;

/** Every test begins with the guest on node1, counting, and no failure on record. */
beforeEach(async () => {
  onTestFailed(async () => console.log(await status(pair.node1)));
  for (const host of hosts) {
    await release(host);
    await host.setLink('migration', true);
  }
  await pair.node1.must('crm_resource --cleanup; crm_resource --clear --resource h1', { timeout: 120 });
  await settle(pair.node1);
  if ((await idOf(pair.node1, 'h1')) === undefined) await moveTo('node1');
  await pair.node1.must('crm_resource --clear --resource h1');
  await settle(pair.node1);
  before = await untilAlive(pair.node1, 'h1');
  expect(await runningOn(hosts)).toEqual(['node1']);
});

async function moveTo(node: string): Promise<void> {
  await pair.node1.must(`crm_resource --move --resource h1 --node ${node}`);
  await settle(pair.node1);
}

/** Begins a move without waiting for it. */
const beginMove = () => pair.node1.must('crm_resource --move --resource h1 --node node2');

async function mustGoOnAt(host: Host): Promise<void> {
  expect(await runningOn(hosts)).toEqual([host.name]);
  const after = await lifeOf(host, 'h1');
  expect(after?.boot).toBe(before.boot);
  expect(after?.tick).toBeGreaterThan(before.tick);
  expect(await countsOn(host, 'h1')).toBe(true);
}

/** The guest may have booted anew, but it runs, once, and the cluster knows where. */
async function mustRunOnce(): Promise<void> {
  const running = await runningOn(hosts);
  expect(running).toHaveLength(1);
  const host = running[0] === 'node1' ? pair.node1 : pair.node2;
  await untilAlive(host, 'h1');
  expect(await status(pair.node1)).toMatch(new RegExp(`h1\\s.*Started ${host.name}`));
}

describe('Under Pacemaker on two real hosts', () => {
  it('crm resource move migrates the guest live: it counts on and never boots', async () => {
    await pair.node1.must('crm resource move h1 node2', { timeout: 60 });
    await settle(pair.node1);
    await mustGoOnAt(pair.node2);
    expect(await status(pair.node1)).not.toContain('Failed Resource Actions');
  });

  it('crm node standby migrates it away live, and it comes back when it is told to', async () => {
    await pair.node1.must('crm node standby node1', { timeout: 60 });
    await settle(pair.node1);
    await mustGoOnAt(pair.node2);
    await pair.node1.must('crm node online node1', { timeout: 60 });
    await moveTo('node1');
    await mustGoOnAt(pair.node1);
  });

  it('a guest that powers itself off is started again', async () => {
    await pair.node1.must('xl shutdown -w h1', { timeout: 60 });
    await until('the guest runs anew', 90, async () => {
      const life = await lifeOf(pair.node1, 'h1');
      return life !== undefined && life.boot !== before.boot;
    });
    await mustRunOnce();
  });

  it('a guest that reboots is left alone', async () => {
    await pair.node1.must('xl reboot h1');
    await until('the guest runs anew', 60, async () => {
      const life = await lifeOf(pair.node1, 'h1');
      return life !== undefined && life.boot !== before.boot;
    });
    await settle(pair.node1);
    expect(await status(pair.node1)).not.toContain('Failed Resource Actions');
    await mustRunOnce();
  });
});

describe('An interrupted live migration under Pacemaker', () => {
  it('whose network is cut while memory is copied leaves the guest running once', async () => {
    await holdNextMigration(pair.node1, 'copy');
    await beginMove();
    await untilHeld(pair.node1);
    await pair.node1.setLink('migration', false);
    await until('the migration has failed', 120, async () => /migrate_to/.test(await status(pair.node1)));
    await pair.node1.setLink('migration', true);
    await settle(pair.node1);
    await mustRunOnce();
  });

  it('whose xl is killed when the guest is suspended leaves it running once', async () => {
    await holdNextMigration(pair.node1, 'ready');
    await beginMove();
    await untilHeld(pair.node1);
    await strike('sender', pair.node1, pair.node2);
    await release(pair.node1);
    await settle(pair.node1);
    await mustRunOnce();
  });

  it('whose last word is lost is the success that it is', async () => {
    await holdNextMigration(pair.node1, 'report');
    await beginMove();
    await untilHeld(pair.node1);
    await strike('ssh', pair.node1, pair.node2);
    await settle(pair.node1);
    await mustGoOnAt(pair.node2);
  });

  it('whose agent is killed by Pacemaker when its time is over leaves the guest running once', async () => {
    await holdNextMigration(pair.node1, 'ready');
    await beginMove();
    await untilHeld(pair.node1);
    // An agent that cannot keep its own deadline: Pacemaker kills it, and xl migrate goes on in its own session.
    await pair.node1.must("pkill -STOP -f '[r]esource.d/virt/Xen migrate_to'");
    await until('Pacemaker has given up', 180, async () => /migrate_to/.test(await status(pair.node1)));
    await release(pair.node1);
    await settle(pair.node1);
    await mustRunOnce();
  });
});

describe('A host whose power is cut', () => {
  it('is fenced, and its guest starts on the other one', async () => {
    await pair.node1.powerOff();
    await until('the guest runs on node2', 240, async () => (await idOf(pair.node2, 'h1')) !== undefined);
    const { boot } = await untilAlive(pair.node2, 'h1');
    expect(boot).not.toBe(before.boot);
    expect(await pair.node2.must('stonith_admin --history node1')).toMatch(/reboot.*node1.*/);
    // The fence agent has switched it on again.
    expect(pair.node1.isOn()).toBe(true);
    await pair.node1.waitUntilUp();
    await pair.node1.must('cluster start');
    await untilOnline([pair.node2], 2);
    await settle(pair.node2);
    expect(await runningOn(hosts)).toEqual(['node2']);
  });
});
