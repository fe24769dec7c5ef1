import { beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { expectSame } from '../../contract/xl-replay.ts';
import { readRecording } from '../../sim/control.ts';
import { type Outcome, runAgent } from '../agent.ts';
import { clearHost, countsOn, domains, lifeOf, runs, untilAlive, writeGuest } from '../guest.ts';
import {
  endOf,
  freezeAgent,
  holdNextMigration,
  type Point,
  release,
  strike,
  thawAgent,
  untilHeld,
  untilOver,
  type Victim,
} from '../held-migration.ts';
import type { Host } from '../host.ts';
import { domainsShown, rememberAnswer } from '../interruption-table.ts';
import { withHosts } from '../with-hosts.ts';

const pair = withHosts(['node1', 'node2'], async ({ node1, node2 }) => {
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

const migrateTo = (from: Host, to: Host, params: Record<string, string> = {}): Promise<Outcome> =>
  runAgent(from, 'migrate_to', {
    timeout: 300,
    params,
    meta: { migrate_target: to.migrationName, migrate_source: from.migrationName },
  });

const migrateFrom = (from: Host, to: Host): Promise<Outcome> =>
  runAgent(to, 'migrate_from', {
    timeout: 120,
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
      // What xl printed is what was recorded.
      const recorded = readRecording('xl-4.17-migrate-pvh-96', 'xen-recorded');
      const printed = await from.must('cat /run/ocf-virt/h1.migrate.log');
      expectSame({ stdout: '', stderr: printed, exit: 0 }, recorded);
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

  it('that takes longer than it may is given up, and the guest goes on where it is', async () => {
    const { node1, node2 } = pair;
    const { boot } = await untilAlive(node1, 'h1');
    await holdNextMigration(node1, 'copy');
    const outcome = await migrateTo(node1, node2, { migration_timeout: '15' });
    expect(outcome).toMatchObject({ code: 1, reason: expect.stringContaining('goes on running here') });
    await mustRunOnlyOn(node1, boot);
    expect(await countsOn(node1, 'h1')).toBe(true);
    expect(await runAgent(node1, 'monitor', { interval: 10 })).toMatchObject({ code: 0 });
    expect(await domains(node2)).toEqual([]);
  });

  it('to a host that cannot be reached fails before anything is copied', async () => {
    await pair.node1.setLink('migration', false);
    const outcome = await migrateTo(pair.node1, pair.node2);
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
const points = Object.keys(ends) as Point[];

const hasReported = (point: Point, victim: Victim) => point === 'report' && victim === 'receiver';

/** Holds a migration at a point, strikes, and shows what Xen left of it while the agent stands still. */
async function interrupt(point: Point, victim: Victim) {
  const { node1, node2 } = pair;
  await holdNextMigration(node1, point);
  const migration = migrateTo(node1, node2);
  await untilHeld(node1);
  if (victim !== 'agent') await freezeAgent(node1);
  await strike(victim, point, node1, node2);
  // What an end had said before it was killed reaches the other one; and xl goes on without the agent.
  if (victim === 'sender' || victim === 'agent' || hasReported(point, victim)) await release(node1);
  await untilOver(node1, node2, victim);
  const [source, target] = await Promise.all([domainsShown(node1), domainsShown(node2)]);
  if (victim !== 'agent') await thawAgent(node1);
  const outcome = await migration;
  const runsOn = await whereItRuns();
  rememberAnswer(point, victim, { source, target, runsOn, ...(victim === 'agent' ? {} : { outcome }) });
  return { outcome, runsOn };
}

/** Each host's monitor says "runs" exactly where the hypervisor runs the guest. */
async function mustBeToldTheTruth(runsOn: readonly string[]): Promise<void> {
  for (const host of [pair.node1, pair.node2]) {
    const { code, reason } = await runAgent(host, 'monitor', { interval: 10, timeout: 30 });
    if (runsOn.includes(host.name)) expect(code, reason).toBe(0);
    else expect([1, 7], `${host.name}: ${code} ${reason}`).toContain(code);
  }
}

/** As Pacemaker does, the other end is stopped: whatever is left there goes, and the guest is not hurt by it. */
async function mustSurviveStopOf(other: Host, host: Host): Promise<void> {
  expect(await runAgent(other, 'stop')).toMatchObject({ code: 0 });
  expect(await domains(other)).toEqual([]);
  expect(await countsOn(host, 'h1')).toBe(true);
}

describe.each(points)('A live migration that is interrupted at "%s"', (point) => {
  it.each(['sender', 'ssh', 'receiver'] as const)(
    'by the end of the %s leaves the guest running once, with nothing lost, and the agent knows where',
    async (victim) => {
      const { node1, node2 } = pair;
      const { boot } = await untilAlive(node1, 'h1');
      const { outcome, runsOn } = await interrupt(point, victim);
      const [end = ''] = runsOn;
      expect(ends[point], outcome.reason).toContain(end);
      expect(outcome.code, outcome.reason).toBe(end === 'node2' ? 0 : 1);
      const [host, other] = end === 'node2' ? [node2, node1] : [node1, node2];
      if (outcome.code === 0) expect(await migrateFrom(node1, node2)).toMatchObject({ code: 0 });
      await mustRunOnlyOn(host, boot);
      await mustBeToldTheTruth(runsOn);
      await mustSurviveStopOf(other, host);
    },
  );

  it('by the end of the agent itself goes on, and later actions find the guest', async () => {
    const { node1, node2 } = pair;
    const { boot } = await untilAlive(node1, 'h1');
    const { runsOn } = await interrupt(point, 'agent');
    expect(runsOn).toEqual(['node2']);
    expect((await lifeOf(node2, 'h1'))?.boot).toBe(boot);
    await mustBeToldTheTruth(runsOn);
    await mustSurviveStopOf(node1, node2);
  });

  it('by a cut link never leaves two, and nobody is told that it runs where it does not', async () => {
    const { node1, node2 } = pair;
    const { boot } = await untilAlive(node1, 'h1');
    const { outcome, runsOn } = await interrupt(point, 'link');
    expect(outcome.code, outcome.reason).toBe(1);
    // Between "go" and the report nobody on either end can know; the other points are as without the cut.
    expect(point === 'go' ? ['', ...ends.go] : ends[point]).toContain(runsOn.join());
    await mustBeToldTheTruth(runsOn);
    await node1.setLink('migration', true);
    const host = runsOn[0] === 'node2' ? node2 : node1;
    const other = host === node1 ? node2 : node1;
    if (runsOn.length === 1) {
      expect((await lifeOf(host, 'h1'))?.boot).toBe(boot);
      await mustSurviveStopOf(other, host);
    } else {
      // The cluster stops both ends and starts the guest anew.
      for (const end of [node1, node2]) expect(await runAgent(end, 'stop')).toMatchObject({ code: 0 });
      expect([...(await domains(node1)), ...(await domains(node2))]).toEqual([]);
      expect(await runAgent(node2, 'start')).toMatchObject({ code: 0 });
      expect(await whereItRuns()).toEqual(['node2']);
    }
  });
});

async function mustRunOnlyOn(host: Host, boot: string): Promise<void> {
  expect(await whereItRuns()).toEqual([host.name]);
  expect((await domains(host)).map(({ name }) => name)).toEqual(['h1']);
  expect((await lifeOf(host, 'h1'))?.boot).toBe(boot);
}
