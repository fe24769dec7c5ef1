import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type HistoryEvent, parseEvent } from '../../../lib/history/event.ts';
import { runningOn, settle, status, until } from '../cluster.ts';
import { type Life, lifeOf } from '../guest.ts';
import { guestUnderPacemaker, setTheScene } from '../guest-under-pacemaker.ts';
import type { Host } from '../host.ts';
import { withHosts } from '../with-hosts.ts';

let hosts: [Host, Host];

withHosts(['node1', 'node2'], async ({ node1, node2 }) => {
  hosts = [node1, node2];
  // A monitor every ten minutes: what is noticed here, VMWatch has told.
  await guestUnderPacemaker(hosts, '600s', [
    'primitive watch ocf:virt:VMWatch op start timeout=60s op stop timeout=60s op monitor interval=30s timeout=60s',
    'clone watches watch',
  ]);
});

afterAll(() => hosts[0].must('crm configure delete --force watches watch', { timeout: 120 }));

/** Where the guest runs when a test begins, the other host, and how far the guest has counted. */
let here: Host;
let there: Host;
let before: Life;
/** How many lines the history of each host had when the test began. */
let linesBefore: readonly number[];

const historyOf = async (host: Host) =>
  (await host.run('cat /var/log/ocf-virt/history.jsonl')).stdout.split('\n').filter(Boolean);

beforeEach(async () => {
  ({ here, there, before } = await setTheScene(hosts));
  linesBefore = await Promise.all(hosts.map(async (host) => (await historyOf(host)).length));
});

/** What the histories of both hosts say of the guest since the test began. */
async function story(): Promise<HistoryEvent[]> {
  const lines = await Promise.all(
    hosts.map(async (host, index) => (await historyOf(host)).slice(linesBefore[index] ?? 0)),
  );
  return lines.flat().flatMap((line) => {
    const event = parseEvent(line);
    return event?.vm === 'h1' ? [event] : [];
  });
}

/** The guest has booted anew, once, and the cluster has nothing left to do. */
async function untilRecovered(): Promise<void> {
  await until('h1 counts in another boot', 300, async () => {
    const [name] = await runningOn(hosts);
    const host = hosts.find((one) => one.name === name);
    const life = host === undefined ? undefined : await lifeOf(host, 'h1');
    return life !== undefined && life.boot !== before.boot;
  });
  await settle(here);
  expect(await runningOn(hosts)).toHaveLength(1);
}

const deaths = async () => (await story()).filter(({ event }) => event === 'died');

describe('With VMWatch on real Xen', () => {
  it('a guest that is destroyed behind the back of the cluster is recovered at once', async () => {
    await here.must('xl destroy h1');
    await untilRecovered();
    expect(await deaths()).toEqual([
      expect.objectContaining({ node: here.name, told: true, reason: 'it was destroyed from outside' }),
    ]);
  });

  it('a guest that panics is recovered at once, and the history knows why', async () => {
    await here.must('xl sysrq h1 c');
    await untilRecovered();
    expect(await deaths()).toEqual([
      expect.objectContaining({ node: here.name, told: true, reason: 'its guest crashed' }),
    ]);
  });

  it('a guest that reboots raises no alarm', async () => {
    await here.must('xl reboot h1');
    await untilRecovered();
    await until('the reboot is in the history', 120, async () =>
      (await story()).some(({ event }) => event === 'rebooted'),
    );
    expect(await deaths()).toEqual([]);
    expect(await runningOn(hosts)).toEqual([here.name]);
    expect(await status(here)).not.toContain('Failed Resource Actions');
  });

  it('a guest that is migrated live raises no alarm', async () => {
    await here.must(`crm_resource --move --resource h1 --node ${there.name}`);
    await settle(here);
    expect(await runningOn(hosts)).toEqual([there.name]);
    const life = await lifeOf(there, 'h1');
    expect(life?.boot).toBe(before.boot);
    expect((await story()).map(({ event, node }) => `${event} ${node}`)).toEqual(
      expect.arrayContaining([`migrated ${here.name}`, `arrived ${there.name}`]),
    );
    expect(await deaths()).toEqual([]);
    expect(await status(here)).not.toContain('Failed Resource Actions');
  });
});
