import { setTimeout as later } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { configure, endCluster, runningOn, settle, startCluster, status } from '../cluster.ts';
import { clearHost, countsOn, type Life, lifeOf, untilAlive, writeGuest } from '../guest.ts';
import { holdNextMigration, release, untilHeld } from '../held-migration.ts';
import type { Host } from '../host.ts';
import { withHosts } from '../with-hosts.ts';

let hosts: Host[] = [];

const pair = withHosts(['node1', 'node2'], async ({ node1, node2 }) => {
  hosts = [node1, node2];
  for (const host of hosts) await clearHost(host);
  for (const host of hosts) await writeGuest(host, 'h1');
  await startCluster(hosts);
  await configure(hosts, [
    `primitive h1 ocf:virt:Xen params xmfile=/etc/xen/h1.cfg node_ip_attribute=ip_livemigration
      op start timeout=90s op stop timeout=60s op monitor interval=10s timeout=30s
      op migrate_to timeout=180s op migrate_from timeout=90s meta allow-migrate=true`.replaceAll(/\n */g, ' '),
  ]);
  await settle(node1);
});

afterAll(() => endCluster(hosts));

/** The host where the guest runs when a test begins, the other one, and how far the guest has counted. */
let here: Host;
let there: Host;
let before: Life;

beforeEach(async () => {
  onTestFailed(async () => console.log(await status(here)));
  await settle(pair.node1);
  const running = await runningOn(hosts);
  expect(running).toHaveLength(1);
  [here, there] = running[0] === 'node1' ? [pair.node1, pair.node2] : [pair.node2, pair.node1];
  before = await untilAlive(here, 'h1');
});

/** The hosts are emulated, so that everything takes many times as long as elsewhere. */
const patience = '--timeout 90';

async function mustGoOnAt(host: Host): Promise<void> {
  expect(await runningOn(hosts)).toEqual([host.name]);
  const after = await lifeOf(host, 'h1');
  expect(after?.boot).toBe(before.boot);
  expect(after?.tick).toBeGreaterThan(before.tick);
  expect(await countsOn(host, 'h1')).toBe(true);
}

describe('The operator of two real hosts', () => {
  it('sees where the guest runs, by the hypervisors themselves', async () => {
    const { code, stdout, stderr } = await there.run(`ocf-virt where h1 ${patience}`, { timeout: 120 });
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(new RegExp(`h1 .*${here.name}`)), '']);
  });

  it('migrates it live, and sees on a terminal how its memory fills', async () => {
    await holdNextMigration(here, 'copy');
    const command = `script -qec 'ocf-virt migrate h1 ${there.name} ${patience}' /dev/null`;
    const running = there.run(command, { timeout: 400 });
    await untilHeld(here, 240);
    await later(10_000);
    await release(here);
    const { code, stdout } = await running;
    expect([code, stdout]).toEqual([0, expect.stringContaining('without a restart')]);
    expect(stdout).toMatch(new RegExp(`h1 +${here.name} > ${there.name}.* \\d+ % +\\d+/96 MiB`));
    await mustGoOnAt(there);
    expect(await there.must('cibadmin --query --scope constraints')).not.toContain('cli-');
  });

  it('is told why it cannot migrate, before anything is changed', async () => {
    await there.must('mv /etc/xen/h1.cfg /etc/xen/h1.kept');
    const { code, stdout } = await here.run(`ocf-virt migrate h1 ${there.name} ${patience}`, { timeout: 200 });
    await there.must('mv /etc/xen/h1.kept /etc/xen/h1.cfg');
    expect([code, stdout]).toEqual([1, expect.stringContaining(`${there.name} cannot read the configuration of h1`)]);
    await mustGoOnAt(here);
  });

  it('drains a host and takes it back, and the guest counts on', async () => {
    const drained = await here.run(`ocf-virt drain ${here.name} ${patience}`, { timeout: 400 });
    expect([drained.code, drained.stdout]).toEqual([
      0,
      expect.stringContaining(`live from ${here.name} to ${there.name}`),
    ]);
    await mustGoOnAt(there);
    const back = await here.run(`ocf-virt undrain ${here.name} ${patience}`, { timeout: 200 });
    expect([back.code, back.stdout]).toEqual([0, `${here.name} takes resources again\n`]);
    await mustGoOnAt(there);
  });
});
