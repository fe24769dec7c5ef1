import { setTimeout as later } from 'node:timers/promises';
import { domains, runs } from './guest.ts';
import type { Host } from './host.ts';

/** Starts Corosync and Pacemaker anew on both hosts, with fencing, and returns when both nodes are online. */
export async function startCluster(hosts: readonly Host[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.must('cluster clear; cluster start')));
  await untilOnline(hosts, hosts.length);
  await configure(hosts, [
    'primitive power stonith:fence_power params pcmk_host_list="node1 node2" op monitor interval=300s timeout=60s',
    'property stonith-timeout=120s',
    'rsc_defaults resource-stickiness=100',
  ]);
  for (const [index, host] of hosts.entries()) {
    await hosts[0]?.must(
      `crm_attribute --type nodes --node ${host.name} --name ip_livemigration --update 192.168.78.${index + 1}`,
    );
  }
}

/** Ends the cluster at once, on hosts that run. */
export async function endCluster(hosts: readonly Host[]): Promise<void> {
  await Promise.all(hosts.filter((host) => host.isOn()).map((host) => host.run('cluster clear')));
}

/** Adds lines to the configuration, in crmsh's words, all in one go: each start of crm takes seconds here. */
export async function configure([host]: readonly Host[], lines: readonly string[]): Promise<void> {
  await host?.must('crm configure load update -', { input: `${lines.join('\n')}\n`, timeout: 120 });
}

/** Returns when some host sees `count` nodes online. */
export async function untilOnline(hosts: readonly Host[], count: number, seconds = 120): Promise<void> {
  await until(`${count} nodes online`, seconds, async () => (await online(hosts)) === count);
}

/** Whether a cluster runs with all these hosts. */
export async function isWhole(hosts: readonly Host[]): Promise<boolean> {
  return (await online(hosts)) === hosts.length;
}

async function online(hosts: readonly Host[]): Promise<number> {
  const host = hosts.find((one) => one.isOn());
  const xml = (await host?.run('crm_mon -1 --output-as=xml'))?.stdout ?? '';
  return [...xml.matchAll(/<node .*online="true".*pending="false"/g)].length;
}

/** Returns when the cluster has nothing left to do. */
export async function settle(host: Host, seconds = 300): Promise<void> {
  await host.must(`crm_resource --wait --timeout=${seconds}s`, { timeout: seconds + 20 });
}

/** What the cluster shows to the administrator. */
export async function status(host: Host): Promise<string> {
  return (await host.run('crm_mon -1 -r -f')).stdout;
}

/** The hosts whose hypervisor runs the guest, under whatever name. */
export async function runningOn(hosts: readonly Host[]): Promise<string[]> {
  const all = await Promise.all(
    hosts.filter((host) => host.isOn()).map(async (host) => (await domains(host)).filter(runs).map(() => host.name)),
  );
  return all.flat();
}

/** Asks again until the answer is yes. */
export async function until(what: string, seconds: number, ask: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await ask().catch(() => false))) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await later(500);
  }
}
