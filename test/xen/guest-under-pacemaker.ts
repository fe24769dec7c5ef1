import { expect, onTestFailed } from 'vitest';
import { configure, endCluster, isWhole, runningOn, settle, startCluster, status } from './cluster.ts';
import { clearHost, type Life, untilAlive, writeGuest } from './guest.ts';
import type { Host } from './host.ts';

/**
 * Makes the guest h1 a resource on both hosts, under the cluster that earlier tests have left, if it is whole, or a new one.
 *
 * @param interval of its monitor.
 * @param more lines of configuration, in crmsh's words.
 */
export async function guestUnderPacemaker(
  hosts: readonly [Host, Host],
  interval: string,
  more: readonly string[],
): Promise<void> {
  if (!(await isWhole(hosts))) {
    await endCluster(hosts);
    for (const host of hosts) await clearHost(host);
    for (const host of hosts) await writeGuest(host, 'h1');
    await startCluster(hosts);
  }
  await configure(hosts, [
    `primitive h1 ocf:virt:Xen params xmfile=/etc/xen/h1.cfg node_ip_attribute=ip_livemigration
      op start timeout=120s op stop timeout=120s op monitor interval=${interval} timeout=60s
      op migrate_to timeout=180s op migrate_from timeout=120s meta allow-migrate=true`.replaceAll(/\n */g, ' '),
    ...more,
  ]);
  await settle(hosts[0]);
}

/** The host where the guest runs, the other one, and how far the guest has counted. */
export interface Scene {
  readonly here: Host;
  readonly there: Host;
  readonly before: Life;
}

/** What every test begins with: the guest runs on one host, wherever the last one left it, and no failure is on record. */
export async function setTheScene([node1, node2]: readonly [Host, Host]): Promise<Scene> {
  onTestFailed(async () => console.log(await status(node1.isOn() ? node1 : node2)));
  await node1.must('crm_resource --cleanup; crm_resource --clear --resource h1', { timeout: 120 });
  await settle(node1);
  const running = await runningOn([node1, node2]);
  expect(running).toHaveLength(1);
  const [here, there] = running[0] === node1.name ? [node1, node2] : [node2, node1];
  return { here, there, before: await untilAlive(here, 'h1') };
}
