import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Cluster, type ClusterNode, startCluster } from '../cluster/cluster.ts';
import { waitUntil } from '../cluster/wait-until.ts';

/** An agent and how often it is asked. */
export interface Load {
  readonly title: string;
  readonly agent: string;
  readonly intervalSeconds: number;
  readonly watched: boolean;
}

export const vmName = (number: number) => `vm${String(number).padStart(3, '0')}`;

/** Starts a cluster whose nodes have the built agents and compiled stubs of xl and xenstore-watch, and the barest agent, ocf:bench:Bare. */
export async function startLoadCluster(
  folder: string,
  name: string,
  nodes: number,
  fencing: boolean,
): Promise<Cluster> {
  const tools = join(folder, 'host-tools');
  mkdirSync(tools, { recursive: true });
  const sources = { xl: 'host-xl.c', 'xenstore-watch': 'xenstore-watch.c', Bare: 'bare-agent.c' };
  for (const [tool, source] of Object.entries(sources))
    await execa('cc', ['-O2', '-o', join(tools, tool), join(import.meta.dirname, source)]);
  const folderOf = (tool: string) => (tool === 'Bare' ? '/usr/lib/ocf/resource.d/bench' : '/usr/local/sbin');
  return startCluster({
    ...{ name, nodes, fencing },
    install: {
      '/usr/bin/ocf-virt': 'dist/native/usr/bin/ocf-virt',
      '/usr/lib/ocf/resource.d/virt': 'dist/native/usr/lib/ocf/resource.d/virt',
      ...Object.fromEntries(Object.keys(sources).map((tool) => [`${folderOf(tool)}/${tool}`, join(tools, tool)])),
    },
    // The stub's folder is one that the bench sees from outside: whoever looks takes no time from the nodes.
    atBoot: 'mine=/shared/xl/$(cat /etc/hostname); rm -rf $mine; mkdir -p $mine; ln -s $mine /run/bench-xl',
  });
}

/** Configures the VMs of some numbers, all at once. They start where nodes are not in standby, and stay there. */
export async function addVms(cluster: Cluster, load: Load, from: number, to: number): Promise<void> {
  mkdirSync(join(cluster.sharedFolder, 'configs'), { recursive: true });
  const [, provider = '', type = ''] = load.agent.split(':');
  const primitives: string[] = [];
  for (let number = from; number <= to; number += 1) {
    const vm = vmName(number);
    writeFileSync(join(cluster.sharedFolder, 'configs', `${vm}.cfg`), `name = "${vm}"\n`);
    const pair = (of: string, key: string, text: string) => `<nvpair id="${vm}-${of}" name="${key}" value="${text}"/>`;
    const meta = [pair('live', 'allow-migrate', 'true'), pair('stay', 'resource-stickiness', '100')].join('');
    const operations = Object.entries({ monitor: 30, start: 90, stop: 90, migrate_to: 120, migrate_from: 120 }).map(
      ([op, timeout]) =>
        `<op id="${vm}-${op}" name="${op}" interval="${op === 'monitor' ? load.intervalSeconds : 0}s" timeout="${timeout}s"/>`,
    );
    primitives.push(`<primitive id="${vm}" class="ocf" provider="${provider}" type="${type}">
<instance_attributes id="${vm}-params">${pair('xmfile', 'xmfile', `/shared/configs/${vm}.cfg`)}</instance_attributes>
<meta_attributes id="${vm}-meta">${meta}</meta_attributes><operations>${operations.join('')}</operations></primitive>`);
  }
  writeFileSync(join(cluster.sharedFolder, 'vms.xml'), `<resources>${primitives.join('\n')}</resources>`);
  const words = ['--modify', '--allow-create', '--scope', 'resources', '--xml-file', '/shared/vms.xml'];
  await cluster.anyNode().run(['cibadmin', ...words], { timeout: 60_000 });
}

/** How many VMs run on a node, by its stub. */
export function running(cluster: Cluster, { name, isOn }: ClusterNode): number {
  if (!isOn) return 0;
  return readdirSync(join(cluster.sharedFolder, 'xl', name)).filter((file) => file.startsWith('vm')).length;
}

/** Returns, in seconds, how long it takes until that many VMs run on some nodes and none on the others. */
export async function secondsUntil(
  cluster: Cluster,
  count: number,
  nodes: readonly string[],
  limit: number,
): Promise<number> {
  const began = performance.now();
  await waitUntil(
    `${count} VMs run on ${nodes.join(', ')}`,
    limit,
    () => {
      const counts = cluster.nodes.map((node) => ({ name: node.name, vms: running(cluster, node) }));
      const on = counts.filter(({ name }) => nodes.includes(name)).reduce((sum, { vms }) => sum + vms, 0);
      const off = counts.filter(({ name }) => !nodes.includes(name)).reduce((sum, { vms }) => sum + vms, 0);
      return on === count && off === 0 ? true : undefined;
    },
    async () => JSON.stringify(await cluster.status()),
  );
  return (performance.now() - began) / 1000;
}
