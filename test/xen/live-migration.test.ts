import { beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { type Outcome, runAgent } from './agent.ts';
import { clearHost, countsOn, domains, lifeOf, runs, untilAlive, writeGuest } from './guest.ts';
import { endOf, holdNextMigration, type Point, release, strike, untilHeld, type Victim } from './held-migration.ts';
import type { Host } from './host.ts';
import { rememberAnswer } from './interruption-table.ts';
import { withHosts } from './with-hosts.ts';

const pair = withHosts(async ({ node1, node2 }) => {
  for (const host of [node1, node2]) await writeGuest(host, 'h1');
});

beforeEach(async () => {
  onTestFailed(async () => console.log(await endOf(pair.node1), await endOf(pair.node2)));
  await Promise.all([release(pair.node1), release(pair.node2), pair.node1.setLink('migration', true)]);
  // A guest that the last test left as every test wants it is kept: booting one takes ten seconds here.
  const kept = (await whereItRuns()).join() === 'node1' && (await hasKeeper(pair.node1));
  if (kept) return;
  await Promise.all([clearHost(pair.node1), clearHost(pair.node2)]);
  expect(await runAgent(pair.node1, 'start')).toMatchObject({ code: 0 });
});

/** A guest that was suspended and resumed has lost its lasting xl process, and would not survive a reboot. */
const hasKeeper = async (host: Host) => (await host.run("pgrep -f '^[^ ]*/bin/xl create'")).code === 0;

const migrateTo = (from: Host, to: Host, timeout = 150): Promise<Outcome> =>
  runAgent(from, 'migrate_to', {
    timeout,
    meta: { migrate_target: to.migrationName, migrate_source: from.migrationName },
  });

const migrateFrom = (from: Host, to: Host): Promise<Outcome> =>
  runAgent(to, 'migrate_from', {
    timeout: 60,
    meta: { migrate_target: to.migrationName, migrate_source: from.migrationName },
  });

/** The hosts on which the hypervisor runs the guest, under whatever name. */
async function whereItRuns(): Promise<string[]> {
  const all = await Promise.all([pair.node1, pair.node2].map(async (host) => ({ host, rows: await domains(host) })));
  return all.flatMap(({ host, rows }) => rows.filter(runs).map(() => host.name));
}

describe('A live migration', () => {
  it('moves the running guest there and back: it counts on, and never boots', async () => {
    const { node1, node2 } = pair;
    const before = await untilAlive(node1, 'h1');
    for (const [from, to] of [[node1, node2] as const, [node2, node1] as const]) {
      expect(await migrateTo(from, to)).toMatchObject({ code: 0 });
      expect(await migrateFrom(from, to)).toMatchObject({ code: 0 });
      expect(await runAgent(from, 'monitor', { interval: 10 })).toMatchObject({ code: 7 });
      expect(await runAgent(from, 'stop')).toMatchObject({ code: 0 });
      const arrived = await runAgent(to, 'monitor', { interval: 10 });
      expect(arrived.code, arrived.reason).toBe(0);
      expect(await whereItRuns()).toEqual([to.name]);
    }
    const after = await lifeOf(node1, 'h1');
    expect(after?.boot).toBe(before.boot);
    expect(after?.tick).toBeGreaterThan(before.tick);
    // A guest that came by migration reboots like any other.
    await node1.must('xl reboot h1');
    expect(await runAgent(node1, 'monitor', { interval: 10, timeout: 30 })).toMatchObject({ code: 0 });
  });

  it('that takes longer than its timeout is given up, and the guest goes on where it is', async () => {
    const { node1, node2 } = pair;
    const { boot } = await untilAlive(node1, 'h1');
    await holdNextMigration(node1, 'copy');
    const outcome = await migrateTo(node1, node2, 60);
    expect(outcome).toMatchObject({ code: 1, reason: expect.stringContaining('goes on running here') });
    await mustRunOnlyOn(node1, boot);
    expect(await countsOn(node1, 'h1')).toBe(true);
    expect(await runAgent(node1, 'monitor', { interval: 10 })).toMatchObject({ code: 0 });
    expect(await domains(node2)).toEqual([]);
  });

  it('to a host that cannot be reached fails before anything is copied', async () => {
    await pair.node1.setLink('migration', false);
    const outcome = await migrateTo(pair.node1, pair.node2, 60);
    expect(outcome).toMatchObject({ code: 1, reason: expect.stringContaining('goes on running here') });
    expect(await whereItRuns()).toEqual(['node1']);
  });
});

/** Until the sender said "go" the guest belongs to it; once the receiver reports, to that. In between it is as it comes. */
const ends: Record<Point, readonly string[]> = {
  copy: ['node1'],
  ready: ['node1'],
  go: ['node1', 'node2'],
  report: ['node2'],
};
const victims: readonly Victim[] = ['sender', 'ssh', 'receiver'];

describe.each(Object.keys(ends) as Point[])('A live migration that is interrupted at "%s"', (point) => {
  it.each(point === 'copy' ? [...victims, 'link' as const] : victims)(
    'by the end of the %s leaves the guest running once, with nothing lost, and the agent knows where',
    async (victim) => {
      const { node1, node2 } = pair;
      const { boot } = await untilAlive(node1, 'h1');
      await holdNextMigration(node1, point);
      const migration = migrateTo(node1, node2);
      await untilHeld(node1);
      await strike(victim, node1, node2);
      // What the sender had said before it was killed reaches the other end.
      if (victim === 'sender') await release(node1);
      const outcome = await migration;
      if (victim === 'link') await node1.setLink('migration', true);
      const [end = ''] = await whereItRuns();
      rememberAnswer(point, victim, outcome, end);
      expect(ends[point], outcome.reason).toContain(end);
      expect(outcome.code, outcome.reason).toBe(end === 'node2' ? 0 : 1);
      const host = end === 'node2' ? node2 : node1;
      if (outcome.code === 0) expect(await migrateFrom(node1, node2)).toMatchObject({ code: 0 });
      await mustRunOnlyOn(host, boot);
      expect(await runAgent(host, 'monitor', { interval: 10 })).toMatchObject({ code: 0 });
      // As Pacemaker does, the other end is stopped: whatever is left there goes, and the guest is not hurt by it.
      const other = host === node1 ? node2 : node1;
      expect(await runAgent(other, 'stop', { timeout: 60 })).toMatchObject({ code: 0 });
      expect(await domains(other)).toEqual([]);
      expect(await countsOn(host, 'h1')).toBe(true);
    },
  );
});

async function mustRunOnlyOn(host: Host, boot: string): Promise<void> {
  expect(await whereItRuns()).toEqual([host.name]);
  expect((await domains(host)).map(({ name }) => name)).toEqual(['h1']);
  expect((await lifeOf(host, 'h1'))?.boot).toBe(boot);
}
