import { afterAll, beforeAll, expect, it } from 'vitest';
import { startVmCluster, type VmCluster } from './vm-cluster.ts';
import { createVmwareVm, toolstacks } from './vmware-vms.ts';

// One VM for each toolstack; locks do not protect them, so that a second copy can run.
const vms = toolstacks.map((toolstack) => ({ toolstack, vm: `vm-${toolstack}`, path: '' }));

let cluster: VmCluster;
beforeAll(async () => {
  cluster = await startVmCluster({ name: 'where-vmware', tokenMs: 2000, nodes: 2 });
  const operations = { monitor: 'interval=600s timeout=30s' };
  for (const one of vms) {
    const settings = { 'sim.noLocking': 'TRUE', memsize: 96 };
    const made = await createVmwareVm(cluster, one.vm, { toolstack: one.toolstack, operations, settings });
    one.path = made.there;
  }
  for (const { vm } of vms) await cluster.waitRunning(vm);
});
afterAll(() => cluster?.down());

interface Seen {
  readonly vms: readonly { readonly vm: string; readonly belief: { readonly resource: string } }[];
  readonly differences: readonly { readonly kind: string; readonly vm?: string; readonly nodes: readonly string[] }[];
}

/** Runs `ocf-virt where` on node1, and checks its exit code. */
async function where(): Promise<Seen> {
  const { code, stdout } = await cluster.node('node1').exec(['ocf-virt', 'where', '--json']);
  const seen = JSON.parse(stdout) as Seen;
  expect(code).toBe(seen.differences.length === 0 ? 0 : 1);
  return seen;
}

const differencesIn = ({ differences }: Seen) => differences.map(({ kind, vm, nodes }) => [kind, vm, nodes.join(' ')]);
const otherThan = (node: string | undefined) => (node === 'node1' ? 'node2' : 'node1');
const of = (toolstack: string) => vms.find((one) => one.toolstack === toolstack) ?? { vm: '', path: '' };

it('VMs of every tool of VMware run where the cluster says', async () => {
  const seen = await where();
  expect(differencesIn(seen)).toEqual([]);
  const known = seen.vms.map(({ vm, belief }) => [vm, belief.resource]);
  expect(known.sort()).toEqual(vms.map(({ vm, path }) => [path, vm]).sort());
  const { stdout } = await cluster.node('node2').exec(['ocf-virt', 'where']);
  for (const { vm } of vms)
    expect(stdout).toMatch(new RegExp(`^${vm} +${cluster.hostOf(vm)} +running +96 +1 +${vm} `, 'm'));
});

it('two VMs that run twice are found, whichever tool started the second copy', async () => {
  const [one, other] = [of('vmware-cmd'), of('vmrun')];
  const nodes = { one: otherThan(cluster.hostOf(one.vm)), other: otherThan(cluster.hostOf(other.vm)) };
  await cluster.node(nodes.one).run(['vmware-cmd', '-s', 'register', one.path]);
  await cluster.node(nodes.one).run(['vmware-cmd', one.path, 'start']);
  // The processes of vmrun belong to whoever called it.
  await cluster.node(nodes.other).run(['setsid', 'vmrun', '-T', 'ws', 'start', other.path, 'nogui']);
  expect(differencesIn(await where())).toEqual([one, other].map(({ path }) => ['runs twice', path, 'node1 node2']));
  await cluster.node(nodes.one).run(['vmware-cmd', one.path, 'stop', 'hard']);
  await cluster.node(nodes.other).run(['vmrun', '-T', 'ws', 'stop', other.path, 'hard']);
  expect(differencesIn(await where())).toEqual([]);
});

it('a VM that was powered off behind the cluster is seen, and one whose tool does not answer is unknown', async () => {
  const [off, silent] = [of('vmware-cmd'), of('vmware-vim-cmd')];
  const [home, hidden] = [cluster.hostOf(off.vm) ?? '', cluster.hostOf(silent.vm) ?? ''];
  await cluster.node(home).run(['vmware-cmd', off.path, 'stop', 'hard']);
  expect(differencesIn(await where())).toEqual([['does not run', off.path, home]]);
  cluster.setFault(hidden, 'vmware-vim-cmd', {});
  expect(differencesIn(await where())).toContainEqual(['toolstack does not answer', undefined, hidden]);
});
