import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startVmCluster, type VmCluster } from './vm-cluster.ts';
import { createVmwareVm, setProcessors, toolstacks } from './vmware-vms.ts';
import { waitUntil } from './wait-until.ts';

// One VM for each toolstack, at the same time in the same cluster.
const vms = toolstacks.map((toolstack) => ({ toolstack, vm: `vm-${toolstack}` }));

let cluster: VmCluster;
let since = 0;

beforeAll(async () => {
  cluster = await startVmCluster({ name: 'vmware', tokenMs: 2000 });
  for (const { toolstack, vm } of vms) {
    await createVmwareVm(cluster, vm, { toolstack, params: { toolstack_timeout: '2' } });
  }
});
afterAll(() => cluster?.down());
beforeEach(async () => {
  for (const { vm } of vms) await cluster.waitRunning(vm);
  since = Date.now();
});
afterEach(async () => {
  for (const { name } of cluster.nodes) cluster.clearFaults(name);
  cluster.mustNeverHaveRunTwice();
  await cluster.waitOnline();
  for (const { vm } of vms) await cluster.crm('resource', 'clear', vm);
  for (const { vm } of vms) await cluster.crm('resource', 'cleanup', vm);
  // A cleanup probes anew, and a probe has no patience with the fault that comes next.
  await cluster.waitOnline();
});

const eventsOf = (vm: string) => cluster.truth().filter(({ name, time }) => name === vm && time >= since);

/** The guest was suspended and resumed with what it had in memory; it neither rebooted nor went off. */
function mustHaveKeptItsMemory(vm: string) {
  const events = eventsOf(vm).map(({ event }) => event);
  expect(events).toEqual(expect.arrayContaining(['suspended', 'saved', 'restored', 'resumed']));
  for (const loss of ['running', 'shutdown', 'crashed', 'destroyed', 'rebooted']) expect(events).not.toContain(loss);
}

/** Moves all VMs to one node, and returns it. */
async function gather(node = cluster.hostOf(vms[0]?.vm ?? '') ?? ''): Promise<string> {
  const others = vms.filter(({ vm }) => cluster.hostOf(vm) !== node);
  since = Date.now();
  for (const { vm } of others) await cluster.crm('resource', 'move', vm, node);
  for (const { vm } of others) {
    await cluster.waitRunning(vm, { on: node });
    mustHaveKeptItsMemory(vm);
    await cluster.crm('resource', 'clear', vm);
  }
  since = Date.now();
  return node;
}

it('a VM of each toolstack starts on one node, where the cluster says', async () => {
  for (const { vm } of vms) {
    const host = await cluster.waitRunning(vm);
    expect(cluster.copies(vm)).toEqual([expect.stringMatching(`^${host}/`)]);
  }
  expect((await cluster.status())?.failures).toEqual([]);
});

it.each(vms)('with $toolstack, a VM is relocated by suspend and resume, with its memory', async ({ vm }) => {
  const from = await cluster.waitRunning(vm);
  const to = from === 'node1' ? 'node2' : 'node1';
  await cluster.crm('resource', 'move', vm, to);
  await cluster.waitRunning(vm, { on: to });
  mustHaveKeptItsMemory(vm);
  expect((await cluster.status())?.failures).toEqual([]);
});

it.each(['server', 'server1'])('with vmrun -T %s, whose inventory has names of its own, likewise', async (type) => {
  const vm = `vm-${type}`;
  const host_url = 'https://localhost:8333/sdk';
  await createVmwareVm(cluster, vm, { toolstack: 'vmrun', params: { vmrun_type: type, host_url } });
  const from = await cluster.waitRunning(vm);
  const to = from === 'node1' ? 'node2' : 'node1';
  since = Date.now();
  await cluster.crm('resource', 'move', vm, to);
  await cluster.waitRunning(vm, { on: to });
  mustHaveKeptItsMemory(vm);
  expect((await cluster.status())?.failures).toEqual([]);
  await cluster.crm('resource', 'stop', vm);
  await waitUntil(`${vm} is suspended`, 30, () => cluster.copies(vm).length === 0);
  await cluster.waitOnline();
  await cluster.crm('configure', 'delete', '--force', vm);
});

it('standby drains a node of all its VMs, and online takes them back, with their memory', async () => {
  const node = await gather();
  await cluster.crm('node', 'standby', node);
  for (const { vm } of vms) {
    await cluster.waitRunning(vm, { notOn: node });
    mustHaveKeptItsMemory(vm);
  }
  await cluster.crm('node', 'online', node);
  await cluster.waitOnline();
  await gather(node);
  expect((await cluster.status())?.failures).toEqual([]);
});

it('a node that is stopped in good order loses no VM: they leave it with their memory', async () => {
  const node = cluster.hostOf('vm-vmrun') ?? '';
  const guests = vms.filter(({ vm }) => cluster.hostOf(vm) === node);
  await cluster.node(node).stop();
  for (const { vm } of guests) {
    await cluster.waitRunning(vm, { notOn: node });
    mustHaveKeptItsMemory(vm);
  }
  expect(cluster.fencedLog()).toEqual([]);
  await cluster.node(node).boot();
});

/** Returns when the recurring monitor of a VM has told the cluster that it runs on a node. */
async function monitorSaysRunning(vm: string, node: string): Promise<void> {
  const xpath = `//node_state[@uname='${node}']//lrm_rsc_op[@id='${vm}_monitor_5000']`;
  await waitUntil(`the monitor of ${vm} on ${node} says running`, 30, async () =>
    / rc-code="0"/.test((await cluster.anyNode().exec(['cibadmin', '--query', '--xpath', xpath])).stdout),
  );
}

it.each(['error', 'hang', 'garbage'] as const)(
  'a service that does not answer for a while (%s) is unknown, never stopped: nothing is restarted or fenced',
  async (kind) => {
    await cluster.anyNode().run(['crm_resource', '--wait', '--timeout=60s'], { timeout: 70_000 });
    const hosts = new Map(vms.map(({ vm }) => [vm, cluster.hostOf(vm) ?? '']));
    for (const { vm } of vms) await monitorSaysRunning(vm, hosts.get(vm) ?? '');
    for (const { toolstack, vm } of vms) cluster.setFault(hosts.get(vm) ?? '', toolstack, { kind });
    // At the same time: each is tolerated for three monitors only.
    const seenOf = async ({ toolstack, vm }: (typeof vms)[number]) => {
      const degraded = await waitUntil(
        `the monitor of ${vm} says degraded`,
        40,
        async () => (await cluster.status())?.failures.find(({ operation }) => operation === `${vm}_monitor_5000`),
        async () => JSON.stringify([...hosts, (await cluster.status())?.failures]),
      );
      expect(degraded).toMatchObject({
        node: hosts.get(vm),
        code: 190,
        reason: expect.stringContaining(toolstack),
      });
    };
    await Promise.all(vms.map(seenOf));
    for (const { name } of cluster.nodes) cluster.clearFaults(name);
    for (const { vm } of vms) {
      await monitorSaysRunning(vm, hosts.get(vm) ?? '');
      expect(await cluster.waitRunning(vm)).toBe(hosts.get(vm));
      expect(eventsOf(vm)).toEqual([]);
    }
    expect(cluster.fencedLog()).toEqual([]);
  },
);

it.each(vms)(
  'with $toolstack, a VM that does not resume keeps its state for a node on which it does',
  async ({ vm }) => {
    const from = await cluster.waitRunning(vm);
    const to = from === 'node1' ? 'node2' : 'node1';
    await setProcessors(cluster, to, 'another');
    await cluster.crm('resource', 'move', vm, to);
    await waitUntil('migrate_from fails', 60, async () =>
      (await cluster.status())?.failures.find(
        ({ operation, node }) => operation === `${vm}_migrate_from_0` && node === to,
      ),
    );
    // Pacemaker stops and starts it after a failed migration; the suspended state must survive that.
    await cluster.waitRunning(vm, { notOn: to, seconds: 60 });
    mustHaveKeptItsMemory(vm);
    expect(cluster.node(to).log('pacemaker/pacemaker.log', 5000)).toMatch(
      new RegExp(`ocf-exit-reason:${vm} .*did not resume because of a correctable error`),
    );
    await setProcessors(cluster, to, 'generic');
  },
);

it('a service that stays silent gets its node fenced before its VMs start elsewhere', async () => {
  const node = cluster.hostOf('vm-vmware-vim-cmd') ?? '';
  const guests = vms.filter(({ vm }) => cluster.hostOf(vm) === node);
  cluster.setFault(node, 'vmware-vim-cmd', { kind: 'hang-hard' });
  const fencing = await waitUntil(
    `${node} is fenced`,
    120,
    () => cluster.fencedLog().find((one) => one.node === node && one.time >= since && one.answer === 'off'),
    async () => JSON.stringify(await cluster.status()),
  );
  cluster.clearFaults(node);
  for (const { vm } of guests) {
    await cluster.waitRunning(vm, { notOn: node, seconds: 60 });
    const start = eventsOf(vm).find(({ event }) => event === 'running');
    expect(start?.time).toBeGreaterThanOrEqual(fencing.time);
  }
});

it('the VMs of a node that crashes start elsewhere after it was fenced, and its locks go then', async () => {
  const node = await gather();
  await cluster.node(node).kill();
  for (const { vm } of vms) {
    await cluster.waitRunning(vm, { notOn: node, seconds: 60 });
    const fencing = cluster.fencedLog().find((one) => one.node === node && one.time >= since && one.answer === 'off');
    const start = eventsOf(vm).find(({ event }) => event === 'running');
    expect(start?.host).not.toBe(node);
    expect(start?.time).toBeGreaterThanOrEqual(fencing?.time ?? Number.POSITIVE_INFINITY);
    const log = cluster.node(start?.host ?? '').log('pacemaker/pacemaker.log', 5000);
    expect(log).toMatch(new RegExp(`${vm}\\.vmx\\.lck/M\\d{5}\\.lck is removed: .*, and its host is dead`));
  }
  expect((await cluster.status())?.failures).toEqual([]);
});

it('the VMs of a node that is cut off start elsewhere after it was fenced', async () => {
  const node = await cluster.waitRunning('vm-vmware-cmd');
  const guests = vms.filter(({ vm }) => cluster.hostOf(vm) === node);
  await cluster.partition([cluster.nodes.map(({ name }) => name).filter((name) => name !== node), [node]]);
  for (const { vm } of guests) await cluster.waitRunning(vm, { notOn: node, seconds: 60 });
  expect(cluster.fencedLog().some((one) => one.node === node && one.time >= since)).toBe(true);
  await cluster.heal();
});
