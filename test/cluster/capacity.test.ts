import { afterAll, beforeAll, expect, it } from 'vitest';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

interface Answer {
  readonly cases: readonly {
    fails: string | null;
    runs: number;
    homeless: { vm: string; needs: Record<string, number>; reasons: string[] }[];
  }[];
  readonly assumed: readonly string[];
  readonly unknown: readonly string[];
}

const vms = ['vm01', 'vm02', 'vm03'];
let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'capacity', tokenMs: 2000 });
  // The simulated hosts have 4096 MiB, and their domain 0 has 900 of it.
  for (const vm of vms) await cluster.createVm(vm, { settings: { memory: 128, maxmem: 1500 } });
  for (const vm of vms) await cluster.waitRunning(vm);
});
afterAll(() => cluster?.down());

async function capacity(...args: readonly string[]) {
  const { code, stdout, stderr } = await cluster
    .anyNode()
    .exec(['ocf-virt', 'capacity', '--json', ...args], { timeout: 60_000 });
  expect(stderr).toBe('');
  return { code, ...(JSON.parse(stdout) as Answer) };
}

/** By Pacemaker's own tools, which take a tenth of the time of crm. */
const setNeed = (vm: string, value: number) =>
  cluster
    .anyNode()
    .run([
      ...['crm_resource', '--resource', vm, '--utilization'],
      ...['--set-parameter', 'hv_memory', '--parameter-value', String(value)],
    ]);
const setCapacity = (node: string, value: number) =>
  cluster
    .anyNode()
    .run([
      ...['crm_attribute', '--type', 'nodes', '--utilization', '--node', node],
      ...['--name', 'hv_memory', '--update', String(value)],
    ]);

const configuration = () => cluster.anyNode().run(['cibadmin', '--query', '--scope', 'configuration']);

it('VMs that fit into what is left have a place whichever node fails; what is not configured is asked of the hosts', async () => {
  const before = await configuration();
  const { code, cases, assumed } = await capacity('--fail-each');
  expect(cases).toEqual(['node1', 'node2', 'node3'].map((fails) => ({ fails, runs: 3, homeless: [] })));
  expect(code).toBe(0);
  expect(assumed.join('\n')).toMatch(/vm01 1500, vm02 1500, vm03 1500 MiB.*node1 3196/s);
  expect(await configuration()).toBe(before);
});

it('VMs that do not fit are named, with what each node lacks', async () => {
  for (const vm of vms) cluster.writeConfig(vm, { memory: 128, maxmem: 2000 });
  expect(await capacity()).toMatchObject({ code: 0, cases: [{ fails: null, runs: 3, homeless: [] }] });
  const { code, cases } = await capacity('--fail', 'node2');
  expect(code).toBe(1);
  expect(cases).toHaveLength(1);
  expect(cases[0]).toMatchObject({ fails: 'node2', runs: 2 });
  const [lost] = cases[0]?.homeless ?? [];
  expect(lost?.needs).toEqual({ hv_memory: 2000 });
  expect([...(lost?.reasons ?? [])].sort()).toEqual([
    'node1 has 1196 of 2000 hv_memory left',
    'node3 has 1196 of 2000 hv_memory left',
  ]);
});

it('figures that are configured count before those of the hosts, and the words say what is assumed', async () => {
  await cluster.crm('configure', 'property', 'placement-strategy=balanced');
  for (const { name } of cluster.nodes) await setCapacity(name, 8000);
  for (const vm of vms) await setNeed(vm, 2000);
  expect(await capacity('--fail-each')).toMatchObject({ code: 0, assumed: [] });
  await setNeed('vm01', 8001);
  const { code, stdout } = await cluster.anyNode().exec(['ocf-virt', 'capacity']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/1 of 3 VMs would not run\n {2}vm01 needs 8001 hv_memory\n {4}node1 has \d+ of 8001/);
  await setNeed('vm01', 2000);
});

it('a VM that may run on one node only is lost with that node, and the words say why', async () => {
  for (const node of ['node2', 'node3']) {
    await cluster.crm('configure', 'location', `not-${node}`, 'vm01', '-inf:', node);
  }
  const { code, cases } = await capacity('--fail', 'node1');
  expect(code).toBe(1);
  expect(cases[0]?.homeless).toEqual([
    expect.objectContaining({
      vm: 'vm01',
      reasons: ['node2', 'node3'].map((node) => `${node} may not run it (score -INFINITY)`),
    }),
  ]);
  await cluster.crm('configure', 'delete', 'not-node2', 'not-node3');
});

it('a node that does not exist is wrong usage', async () => {
  const { code, stderr } = await cluster.anyNode().exec(['ocf-virt', 'capacity', '--fail', 'node9']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/no node "node9"/);
});

it('while a node goes down it still answers, and then counts without it', async () => {
  cluster.stayDown(true);
  cluster.setFault('node3', 'info', { kind: 'slow', seconds: 3 });
  const running = capacity('--fail-each');
  await new Promise((resolve) => setTimeout(resolve, 700));
  await cluster.node('node3').kill();
  expect((await running).cases.length).toBeGreaterThanOrEqual(2);
  await cluster.waitOnline(2);
  const { code, cases } = await capacity('--fail-each');
  expect({ code, fails: cases.map(({ fails }) => fails) }).toEqual({ code: 0, fails: ['node1', 'node2'] });
  // One node holds no more than two of them, by the configuration of the VMs.
  for (const vm of vms) await setNeed(vm, 3000);
  expect(await capacity('--fail-each')).toMatchObject({ code: 1, cases: [{ runs: 2 }, { runs: 2 }] });
});
