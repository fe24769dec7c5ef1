import { afterAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { type HistoryEvent, parseEvent } from '../../../lib/history/event.ts';
import { configure, endCluster, runningOn, settle, startCluster, status, until } from '../cluster.ts';
import { clearHost, type Life, lifeOf, untilAlive, writeGuest } from '../guest.ts';
import type { Host } from '../host.ts';
import { withHosts } from '../with-hosts.ts';

let hosts: Host[] = [];

const endWatch = 'OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=watch /usr/lib/ocf/resource.d/virt/VMWatch stop';

const pair = withHosts(['node1', 'node2'], async ({ node1, node2 }) => {
  hosts = [node1, node2];
  for (const host of hosts) await clearHost(host);
  for (const host of hosts) await writeGuest(host, 'h1');
  await startCluster(hosts);
  // A monitor every ten minutes: what is noticed here, VMWatch has told.
  await configure(hosts, [
    `primitive h1 ocf:virt:Xen params xmfile=/etc/xen/h1.cfg node_ip_attribute=ip_livemigration
      op start timeout=120s op stop timeout=120s op monitor interval=600s timeout=60s
      op migrate_to timeout=180s op migrate_from timeout=120s meta allow-migrate=true`.replaceAll(/\n */g, ' '),
    'primitive watch ocf:virt:VMWatch op start timeout=60s op stop timeout=60s op monitor interval=30s timeout=60s',
    'clone watches watch',
  ]);
  await settle(node1);
});

afterAll(async () => {
  await endCluster(hosts);
  await Promise.all(hosts.filter((host) => host.isOn()).map((host) => host.run(endWatch)));
});

/** Where the guest runs when a test begins, the other host, and how far the guest has counted. */
let here: Host;
let there: Host;
let before: Life;
/** How many lines the history of each host had when the test began. */
let linesBefore: readonly number[];

const historyOf = async (host: Host) =>
  (await host.run('cat /var/log/ocf-virt/history.jsonl')).stdout.split('\n').filter(Boolean);

beforeEach(async () => {
  onTestFailed(async () => console.log(await status(here)));
  await pair.node1.must('crm_resource --cleanup; crm_resource --clear --resource h1', { timeout: 120 });
  await settle(pair.node1);
  const running = await runningOn(hosts);
  expect(running).toHaveLength(1);
  [here, there] = running[0] === 'node1' ? [pair.node1, pair.node2] : [pair.node2, pair.node1];
  before = await untilAlive(here, 'h1');
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
