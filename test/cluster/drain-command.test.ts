import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { constraintsOfMoves, interrupt, runLater } from './operator.ts';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
let since = 0;

const movable = ['vm01', 'vm02', 'vm03', 'vm04', 'vm05'];
const tell = (...command: readonly string[]) => cluster.node('node2').run(command, { timeout: 60_000 });
/** Runs it on another node than the one that is drained. */
const ocfVirt = (...args: readonly string[]) => cluster.node('node2').exec(['ocf-virt', ...args], { timeout: 90_000 });
const events = () => cluster.truth().filter(({ time }) => time >= since);
const hasBegun = () => waitUntil('a migration has begun', 20, () => events().some(({ event }) => event === 'incoming'));
const copies = (vm: string) =>
  events()
    .filter(({ name }) => name === vm)
    .map(({ uuid }) => uuid);
const mustBeLive = (vm: string) => expect([vm, new Set(copies(vm)).size <= 1]).toEqual([vm, true]);
const isStandby = async (node: string) => (await cluster.status())?.nodes.find(({ name }) => name === node)?.standby;
const standby = (node: string, ...change: readonly string[]) =>
  tell('crm_attribute', '--type', 'nodes', '--node', node, '--name', 'standby', ...change);

beforeAll(async () => {
  cluster = await startXenCluster({ name: 'drain-command', tokenMs: 1500 });
  const primitives = [...movable, 'vm06'].map((vm) => {
    const file = cluster.writeConfig(vm, { memory: 128, sim_migrate_mib_per_second: 48 });
    const operations = 'op monitor interval=20s timeout=30s op migrate_to timeout=60s op migrate_from timeout=60s';
    return `primitive ${vm} ocf:virt:Xen params xmfile=${file} node_ip_attribute=ip_livemigration ${operations} meta allow-migrate=true\n`;
  });
  // vm06 has its disk on node1, vm01 likes to be there, the others stay where they are.
  const bound = ['node2', 'node3'].map((node) => `location vm06-not-${node} vm06 -inf: ${node}\n`);
  const home = 'location vm01-home vm01 200: node1\n';
  // On a machine that is busy with other tests, Pacemaker would run one action after the other.
  const unthrottled = 'property load-threshold=1000%\n';
  const input = [unthrottled, ...primitives, ...bound, home].join('');
  for (const node of ['node2', 'node3']) await standby(node, '--update', 'on');
  await cluster.node('node2').run(['crm', 'configure', 'load', 'update', '-'], { input, timeout: 60_000 });
  await waitUntil('all run on node1', 60, () => [...movable, 'vm06'].every((vm) => cluster.hostOf(vm) === 'node1'));
  for (const node of ['node2', 'node3']) await standby(node, '--delete');
  await cluster.waitRunning('vm06', { on: 'node1' });
});
afterAll(() => cluster?.down());
beforeEach(() => {
  since = Date.now();
});
afterEach(() => cluster.mustNeverHaveRunTwice());

it('a node with a VM that cannot move is not drained: it is named with its reason, and nothing is changed', async () => {
  const { code, stdout } = await ocfVirt('drain', 'node1');
  expect(code).toBe(1);
  expect(stdout).toContain('node1 is not drained, nothing was changed');
  expect(stdout).toContain('vm06 would be stopped, because no other node may run it');
  expect(stdout).toContain('constraint vm06-not-node2 keeps it away from node2');
  for (const vm of movable) expect(stdout).toMatch(new RegExp(`${vm} would go live to node[23]\n`));
  expect((await ocfVirt('drain', 'node1', '--dry-run')).stdout).toContain(
    'crm_attribute --type nodes --node node1 --name standby --update on\n',
  );
  expect(await isStandby('node1')).toBe(false);
  expect(events()).toEqual([]);
});

it('by force five VMs leave live and the sixth is stopped; undrain takes all of them back', async () => {
  const { code, stdout, stderr } = await ocfVirt('drain', 'node1', '--force');
  expect([code, stdout, stderr]).toEqual([0, expect.stringContaining('6 of 6 VMs are away'), expect.anything()]);
  for (const vm of movable) {
    expect(stdout).toMatch(new RegExp(`^${vm}: live from node1 to node[23], without a restart$`, 'm'));
    expect(stderr).toMatch(new RegExp(`^${vm}: migrates from node1 to node[23]$`, 'm'));
    mustBeLive(vm);
  }
  expect(stdout).toContain('vm06: stopped, it runs nowhere\n');
  expect(await isStandby('node1')).toBe(true);

  const again = await ocfVirt('drain', 'node1');
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('was in standby before, and stays so') });
  expect(await isStandby('node1')).toBe(true);

  const back = await ocfVirt('undrain', 'node1');
  expect(back).toMatchObject({ code: 0, stdout: expect.stringMatching(/^node1 takes resources again\n/) });
  expect(back.stdout).toMatch(/^vm01: live from node[23] to node1, without a restart$/m);
  expect(back.stdout).toContain('vm06: restarted on node1');
  expect([cluster.hostOf('vm01'), cluster.hostOf('vm06')]).toEqual(['node1', 'node1']);
  mustBeLive('vm01');
  expect(await isStandby('node1')).toBe(false);
  expect(await ocfVirt('undrain', 'node1')).toMatchObject({ code: 0, stdout: 'node1 is not in standby\n' });
});

it('Ctrl-C lets the VMs that are on their way arrive, and takes the standby back', async () => {
  const running = runLater(cluster.node('node2'), ['ocf-virt', 'drain', 'node3']);
  await hasBegun();
  // What is on its way must not belong to its old node again half-way.
  expect(await ocfVirt('undrain', 'node3')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('is migrating now'),
  });
  await interrupt(cluster.node('node2'), 'drain node3');
  const { code, stdout, stderr } = await running;
  expect([code, stderr]).toEqual([1, expect.stringContaining('A migration is under way: it ends first')]);
  expect(stdout).toContain('Interrupted: the standby is taken back');
  expect(await isStandby('node3')).toBe(false);
  expect(await tell('cibadmin', '--query', '--scope', 'nodes')).not.toContain('standby');
  expect(await constraintsOfMoves(cluster)).toEqual([]);
  for (const vm of movable) mustBeLive(vm);
});

it('a node that dies while it takes VMs does not confuse it: each VM is told of, and runs once', async () => {
  const running = runLater(cluster.node('node1'), ['ocf-virt', 'drain', 'node1', '--force', '--json']);
  const arrival = await waitUntil('VMs arrive somewhere', 20, () => events().find(({ event }) => event === 'incoming'));
  await cluster.node(arrival.host).kill();
  const { code, stdout } = await running;
  const { vms, lost } = JSON.parse(stdout) as {
    vms: readonly { vm: string; result: string; node?: string; failures: readonly { reason: string }[] }[];
    lost: readonly string[];
  };
  expect([code, lost]).toEqual([1, [arrival.host]]);
  expect(vms.map(({ result }) => result)).toContain('restarted');
  for (const { vm, node } of vms) expect([vm, cluster.hostOf(vm)]).toEqual([vm, node]);
  // A VM that had arrived there died with the node; another one says what became of its migration.
  const reasons = vms.flatMap(({ failures }) => failures.map(({ reason }) => reason));
  for (const reason of reasons) expect(reason).toMatch(/^vm0\d|^its time was over|^exit code/);
});
