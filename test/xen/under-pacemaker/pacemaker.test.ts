import { setTimeout as later } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { runningOn, settle, status, until, untilOnline } from '../cluster.ts';
import { countsOn, idOf, type Life, lifeOf, untilAlive } from '../guest.ts';
import { guestUnderPacemaker, setTheScene } from '../guest-under-pacemaker.ts';
import {
  freezeAgent,
  goesOnAfter,
  holdNextMigration,
  type Point,
  points,
  release,
  strike,
  untilHeld,
  type Victim,
  victims,
} from '../held-migration.ts';
import type { Host } from '../host.ts';
import { documents, rememberRecovery } from '../interruption-table.ts';
import { withHosts } from '../with-hosts.ts';

let hosts: [Host, Host];

withHosts(['node1', 'node2'], async ({ node1, node2 }) => {
  hosts = [node1, node2];
  await guestUnderPacemaker(hosts, '10s', ['location h1-first h1 50: node1']);
});

/** Where the guest runs when a test begins, the other host, and how far the guest has counted. */
let here: Host;
let there: Host;
let before: Life;
beforeEach(async () => {
  await Promise.all(hosts.flatMap((host) => [release(host), host.setLink('migration', true)]));
  ({ here, there, before } = await setTheScene(hosts));
});

/** The hosts are emulated, so that everything takes many times as long as elsewhere. */
const patience = '--timeout 90';

/** Begins a move without waiting for it. */
const beginMove = () => here.must(`crm_resource --move --resource h1 --node ${there.name}`);

/** Moves the guest, and holds the migration at a point. */
async function holdMoveAt(point: Point): Promise<void> {
  await holdNextMigration(here, point);
  await beginMove();
  await untilHeld(here);
}

async function mustGoOnAt(host: Host): Promise<void> {
  expect(await runningOn(hosts)).toEqual([host.name]);
  const after = await lifeOf(host, 'h1');
  expect(after?.boot).toBe(before.boot);
  expect(after?.tick).toBeGreaterThan(before.tick);
  expect(await countsOn(host, 'h1')).toBe(true);
}

/** The guest may have booted anew, but it runs, once, and the cluster knows where. */
async function mustRunOnce(): Promise<{ readonly host: Host; readonly bootedAnew: boolean }> {
  const running = await runningOn(hosts);
  expect(running).toHaveLength(1);
  const host = running[0] === here.name ? here : there;
  const { boot } = await untilAlive(host, 'h1');
  expect(await status(host)).toMatch(new RegExp(`h1\\s.*Started ${host.name}`));
  return { host, bootedAnew: boot !== before.boot };
}

/** As `mustRunOnce`, and keeps how it came about for the table of the documentation. */
async function mustRunOnceAfter(point: Point, victim: Victim): Promise<void> {
  const { host, bootedAnew } = await mustRunOnce();
  const text = await status(host);
  const failed = [...text.matchAll(/^ +\* h1 (\w+) on (node\d) (.*?),? at .*$/gm)].map(
    ([, action = '', node, why = '']) =>
      `${action} failed at the ${node === here.name ? 'source' : 'target'} (${why.replaceAll(/'/g, '')})`,
  );
  const end = `${bootedAnew ? 'booted anew' : 'goes on'} at the ${host === here ? 'source' : 'target'}`;
  rememberRecovery(point, victim, [...failed, end].join('; '));
}

/** A minute each, and other tests meet much of it: for the documentation only. */
const itTakesLong = it.runIf(documents);

describe('Under Pacemaker on two real hosts', () => {
  it('crm resource move migrates the guest live: it counts on and never boots', async () => {
    await here.must(`crm resource move h1 ${there.name}`, { timeout: 60 });
    await settle(here);
    await mustGoOnAt(there);
    expect(await status(here)).not.toContain('Failed Resource Actions');
  });

  it('crm node standby migrates it away live', async () => {
    await here.must(`crm node standby ${here.name}`, { timeout: 60 });
    await settle(here);
    await here.must(`crm node online ${here.name}`, { timeout: 60 });
    await settle(here);
    await mustGoOnAt(there);
  });

  it('a guest that powers itself off is started again', async () => {
    await here.must('xl shutdown -w h1', { timeout: 60 });
    await untilBootedAnew();
    await settle(here);
    await mustRunOnce();
  });

  itTakesLong('a guest that reboots is left alone', async () => {
    await here.must('xl reboot h1');
    await untilBootedAnew();
    await settle(here);
    expect(await status(here)).not.toContain('Failed Resource Actions');
    expect(await runningOn(hosts)).toEqual([here.name]);
  });
});

/** A minute each: each day those whose end matters most to the cluster. */
const everyDay: Record<Point, readonly Victim[]> = {
  copy: [],
  ready: ['sender', 'agent'],
  go: ['link'],
  report: [],
};

describe('A live migration under Pacemaker', () => {
  const isDue = (point: Point, victim: Victim) => documents || everyDay[point].includes(victim);
  const due = points.flatMap((point) =>
    victims.filter((victim) => isDue(point, victim)).map((victim) => [point, victim] as const),
  );

  it.each(due)(
    'that is interrupted at "%s" by the end of the %s leaves the guest running once, where the cluster says',
    async (point, victim) => {
      await (victim === 'agent' ? letPacemakerEndTheAgentAt(point) : strikeAt(point, victim));
      await settle(here);
      await mustRunOnceAfter(point, victim);
      // What is lost is only the word of it.
      if (point === 'report' && victim !== 'link' && victim !== 'agent') await mustGoOnAt(there);
    },
  );
});

async function strikeAt(point: Point, victim: Victim): Promise<void> {
  await holdMoveAt(point);
  await strike(victim, point, here, there);
  if (goesOnAfter(point, victim)) await release(here);
  if (victim !== 'link') return;
  await untilFailed();
  await here.setLink('migration', true);
}

/** An agent that cannot keep its own deadline: Pacemaker kills it, and xl migrate goes on in its own session. */
async function letPacemakerEndTheAgentAt(point: Point): Promise<void> {
  await setMigrationTimeout(75);
  await holdMoveAt(point);
  await freezeAgent(here);
  await untilFailed();
  await release(here);
  await settle(here);
  await setMigrationTimeout(180);
}

/** Without crmsh, whose start takes seconds here. */
async function setMigrationTimeout(seconds: number): Promise<void> {
  const operation = "//primitive[@id='h1']//op[@name='migrate_to']";
  const [, id = ''] = /<op [^>]*id="([^"]+)"/.exec(await here.must(`cibadmin --query --xpath "${operation}"`)) ?? [];
  await here.must(`cibadmin --modify --xml-text '<op id="${id}" timeout="${seconds}s"/>'`);
}

const untilFailed = () =>
  until('the migration has failed', 240, async () => /h1 migrate_to on/.test(await status(here)));

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

  it('hands the guest to the agent of resource-agents and back while it runs', async () => {
    for (const [option, agent] of [
      ['--undo', 'ocf:heartbeat:Xen'],
      ['', 'ocf:virt:Xen'],
    ]) {
      const { code, stdout } = await here.run(`ocf-virt adopt h1 ${option} ${patience}`, { timeout: 200 });
      expect([code, stdout]).toEqual([0, expect.stringContaining(`is of ${agent}, and did not stop.`)]);
      await settle(here);
      expect(await here.must('crm_mon -1 -r')).toMatch(new RegExp(`h1\\s.*${agent}.*Started ${here.name}`));
      await mustGoOnAt(here);
    }
  });

  itTakesLong('drains a host and takes it back, and the guest counts on', async () => {
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

describe('A host whose power is cut', () => {
  it('is fenced, and its guest starts on the other one', async () => {
    await here.powerOff();
    await until('the guest runs on the other host', 240, async () => (await idOf(there, 'h1')) !== undefined);
    expect((await untilAlive(there, 'h1')).boot).not.toBe(before.boot);
    expect(await there.must(`stonith_admin --history ${here.name}`)).toMatch(new RegExp(`reboot.*${here.name}`));
    // The fence agent has switched it on again.
    await here.waitUntilUp();
    await here.must('cluster start');
    await untilOnline([there], 2);
    await settle(there);
    expect(await runningOn(hosts)).toEqual([there.name]);
  });
});

async function untilBootedAnew(): Promise<void> {
  await until('the guest runs anew', 90, async () => {
    const life = await lifeOf(here, 'h1');
    return life !== undefined && life.boot !== before.boot;
  });
}
