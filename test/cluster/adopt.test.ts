import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { interruptions } from './interruptions.ts';
import { makeVmx } from './vmware-vms.ts';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
const vms = ['vm01', 'vm02', 'vm03'] as const;
const old = { vm01: 'ocf:heartbeat:Xen', vm02: 'ocf:heartbeat:Xen', vm03: 'ocf:heartbeat:vmware' };
const ours = { vm01: 'ocf:virt:Xen', vm02: 'ocf:virt:Xen', vm03: 'ocf:virt:VMware' };

beforeAll(async () => {
  cluster = await startXenCluster({
    name: 'adopt',
    nodes: 2,
    install: { '/usr/local/sbin/virsh': 'test/cluster/virsh.sh' },
  });
  for (const vm of ['vm01', 'vm02']) await cluster.createVm(vm, { agent: 'ocf:heartbeat:Xen' });
  const { there } = makeVmx(cluster, 'vm03');
  await cluster.configure('vm03', {
    agent: 'ocf:heartbeat:vmware',
    params: { vmxpath: there, vimshbin: '/usr/local/sbin/vmware-vim-cmd' },
    meta: { 'allow-migrate': 'false' },
  });
  for (const vm of vms) await cluster.waitRunning(vm, { seconds: 90 });
});
afterAll(() => cluster?.down());

const ocfVirt = (...args: readonly string[]) => cluster.node('node1').exec(['ocf-virt', ...args], { timeout: 200_000 });

/** As virsh dumpxml prints it, less what nobody reads here. */
const domainOfLibvirt = `<domain type='xen'>
  <name>lv01</name>
  <memory unit='KiB'>524288</memory>
  <currentMemory unit='KiB'>524288</currentMemory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='xenpvh'>xenpvh</type>
    <kernel>/boot/guest</kernel>
  </os>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>restart</on_crash>
</domain>
`;

async function seen() {
  const { resources = [], failures = [] } = (await cluster.status()) ?? {};
  const agents = Object.fromEntries(
    resources.filter(({ id }) => id.startsWith('vm')).map(({ id, agent }) => [id, agent]),
  );
  return { agents, managed: resources.every(({ managed }) => managed), failures };
}

/** What happened to the VMs since a line of the truth. */
const eventsSince = (lines: number) => cluster.truth().slice(lines);

it('tells the commands, and changes nothing with --dry-run', async () => {
  const before = await cluster.anyNode().run(['cibadmin', '--query', '--scope', 'resources']);
  const { code, stdout } = await ocfVirt('adopt', ...vms, '--dry-run');
  expect(code).toBe(0);
  expect(stdout).toContain(`<primitive id="vm03" class="ocf" provider="virt" type="VMware"/>`);
  expect(await cluster.anyNode().run(['cibadmin', '--query', '--scope', 'resources'])).toBe(before);
});

it('three VMs of the old agents are adopted, and none of them notices', async () => {
  const places = vms.map((vm) => cluster.hostOf(vm));
  const lines = cluster.truth().length;
  const { code, stdout, stderr } = await ocfVirt('adopt', ...vms);
  expect([code, stderr]).toEqual([0, '']);
  for (const vm of vms) expect(stdout).toContain(`${vm} was of ${old[vm]}, is of ${ours[vm]}, and did not stop.`);
  for (const vm of vms) await cluster.waitRunning(vm);
  expect(await seen()).toEqual({ agents: ours, managed: true, failures: [] });
  expect(vms.map((vm) => cluster.hostOf(vm))).toEqual(places);
  expect(eventsSince(lines)).toEqual([]);
  for (const vm of vms) expect(interruptions(cluster.truth(), vm)).toEqual([]);
});

it('what was adopted migrates live at once', async () => {
  const from = await cluster.waitRunning('vm01');
  const to = from === 'node1' ? 'node2' : 'node1';
  const { code, stdout } = await ocfVirt('migrate', 'vm01', to);
  expect([code, stdout]).toEqual([0, expect.stringContaining(to)]);
  await cluster.waitRunning('vm01', { on: to });
  cluster.mustNeverHaveRunTwice();
});

it('--undo brings the old agents back, and none of the VMs notices that either', async () => {
  const lines = cluster.truth().length;
  const { code, stderr } = await ocfVirt('adopt', ...vms, '--undo');
  expect([code, stderr]).toEqual([0, '']);
  for (const vm of vms) await cluster.waitRunning(vm);
  expect(await seen()).toEqual({ agents: old, managed: true, failures: [] });
  expect(eventsSince(lines)).toEqual([]);
});

it('a VM of libvirt becomes ours by the steps that are told, with one stop', async () => {
  const path = join(cluster.sharedFolder, 'configs/lv01.xml');
  writeFileSync(path, domainOfLibvirt);
  await cluster.configure('lv01', {
    agent: 'ocf:heartbeat:VirtualDomain',
    params: { config: '/etc/xen/cluster/lv01.xml', hypervisor: 'xen:///system', migration_transport: 'ssh' },
    meta: { 'allow-migrate': 'false' },
  });
  await cluster.waitRunning('lv01', { seconds: 90 });
  const refused = await ocfVirt('adopt', 'lv01');
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('ocf-virt adopt lv01 --dry-run')]);
  const { code, stdout: steps } = await ocfVirt('adopt', 'lv01', '--dry-run');
  expect(code).toBe(0);
  await cluster.node('node1').run(['sh', '-euc', steps], { timeout: 120_000 });
  await cluster.waitRunning('lv01', { seconds: 60 });
  const known = (await cluster.status())?.resources.find(({ id }) => id === 'lv01');
  expect([known?.agent, (await seen()).failures]).toEqual(['ocf:virt:Xen', []]);
  expect(interruptions(cluster.truth(), 'lv01')).toHaveLength(1);
  cluster.mustNeverHaveRunTwice();
});

it('a VM that the cluster takes for stopped while it runs is found, and stays in maintenance, running', async () => {
  const node = await cluster.waitRunning('vm02');
  await cluster.crm('resource', 'stop', 'vm02');
  await waitUntil('vm02 is stopped', 90, async () => {
    const known = (await cluster.status())?.resources.find(({ id }) => id === 'vm02');
    return cluster.copies('vm02').length === 0 && known?.role === 'Stopped';
  });
  await cluster.node(node).run(['xl', 'create', '/etc/xen/cluster/vm02.cfg']);
  const lines = cluster.truth().length;
  const { code, stdout } = await ocfVirt('adopt', 'vm02', '--wait', '15');
  expect([code, stdout]).toEqual([1, expect.stringContaining(`vm02 was Stopped, and is Started on ${node}\n`)]);
  expect(stdout).toContain('crm_resource --resource vm02 --meta --delete-parameter maintenance');
  expect((await seen()).managed).toBe(false);
  expect(eventsSince(lines)).toEqual([]);
});
