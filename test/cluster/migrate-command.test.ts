import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { addressOf } from './network.ts';
import { constraintsOfMoves, interrupt, runLater } from './operator.ts';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
let source = '';
let target = '';
let third = '';
let since = 0;

beforeAll(async () => {
  cluster = await startXenCluster({ name: 'migrate-command', tokenMs: 1500 });
  await cluster.createVm('vm01', { settings: { sim_migrate_mib_per_second: 48, memory: 256 } });
});
afterAll(() => cluster?.down());
beforeEach(async () => {
  source = await cluster.waitRunning('vm01');
  [target = '', third = ''] = cluster.nodes.map(({ name }) => name).filter((name) => name !== source);
  since = Date.now();
});
afterEach(() => cluster.mustNeverHaveRunTwice());

/** Runs it on the third node, so that it talks to both ends over the network. */
const migrate = (...args: readonly string[]) =>
  cluster.node(third).exec(['ocf-virt', 'migrate', 'vm01', ...args], { timeout: 60_000 });
const events = () => cluster.truth().filter(({ name, time }) => name === 'vm01' && time >= since);
const hasBegun = () =>
  waitUntil('the migration has begun', 20, () => events().some(({ event }) => event === 'incoming'));
const mustNotHaveRestarted = () => expect(new Set(events().map(({ uuid }) => uuid)).size).toBe(1);
const tell = (...command: readonly string[]) => cluster.anyNode().run(command);
const setAddress = (node: string, value: string) =>
  tell('crm_attribute', '--type', 'nodes', '--node', node, '--name', 'ip_livemigration', `--update=${value}`);
const migrationAddress = (node: string) => addressOf(Number(node.slice(-1)), 'migration');

it('on a terminal a bar shows how the memory fills; Ctrl-C lets the migration end live, and then removes the constraint', async () => {
  const line = `ocf-virt migrate vm01 ${target}`;
  // script(1) gives it a terminal; the size is that of one that nobody told.
  const running = runLater(cluster.node(third), ['script', '-qec', line, '/dev/null']);
  await hasBegun();
  // Told to go elsewhere meanwhile, it would be restarted, or worse.
  const elsewhere = await cluster.node(source).exec(['ocf-virt', 'migrate', 'vm01', third, '--force']);
  expect(elsewhere).toMatchObject({ code: 1, stdout: expect.stringContaining('vm01 is migrating now') });
  await interrupt(cluster.node(third), 'migrate vm01');
  const { code, stdout } = await running;
  expect([code, stdout]).toEqual([0, expect.stringContaining('without a restart')]);
  expect(stdout).toContain('A migration is under way: it ends first');
  const bars = [...stdout.matchAll(/\[(#*)-*\] +(\d+) % +(\d+)\/256 MiB/g)];
  const shares = bars.map(([, , percent]) => Number(percent));
  expect(shares.length).toBeGreaterThan(1);
  expect(shares).toEqual([...shares].sort((one, other) => one - other));
  expect(new Set(shares).size).toBeGreaterThan(1);
  expect(stdout).toMatch(/MiB\/s +0:0\d left/);
  expect(cluster.hostOf('vm01')).toBe(target);
  mustNotHaveRestarted();
  expect(await constraintsOfMoves(cluster)).toEqual([]);
});

it('without a terminal it says what changes in plain lines; what others have banned stays', async () => {
  await tell('crm_resource', '--ban', '--resource', 'vm01', '--node', third);
  const { code, stdout, stderr } = await migrate(target);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`vm01: migrates from ${source} to ${target}\n`)]);
  expect(stderr).toContain(`vm01: runs on ${target}\n`);
  expect(stderr + stdout).not.toContain('\x1b');
  expect(stdout).toMatch(/without a restart\ntook \d+\.\d s\n/);
  expect(stdout).toContain(`cli-ban-vm01-on-${third} (keeps away from ${third}) was there before, and stays`);
  expect(await constraintsOfMoves(cluster)).toEqual([`cli-ban-vm01-on-${third}`]);
  await tell('crm_resource', '--clear', '--resource', 'vm01');
  expect(await migrate(target)).toMatchObject({ code: 0, stdout: expect.stringContaining('already') });
});

it('a dry run prints the very commands, and changes nothing', async () => {
  const { code, stdout } = await migrate(target, '--dry-run');
  expect(code).toBe(0);
  const [move, wait, clear] = stdout.split('\n');
  expect([move, wait, clear]).toEqual([
    expect.stringMatching(new RegExp(`^crm_resource --move --resource vm01 --node ${target} --lifetime PT\\d+S$`)),
    'crm_resource --wait',
    `crm_resource --clear --resource vm01 --node ${target}`,
  ]);
  expect(await constraintsOfMoves(cluster)).toEqual([]);
  expect(cluster.hostOf('vm01')).toBe(source);
});

it('a target that cannot take it is refused, with each reason and its remedy, and nothing is changed', async () => {
  await setAddress(target, '10.89.1.99');
  await cluster.node(target).run(['sh', '-c', 'rm /etc/xen/cluster && mkdir /etc/xen/cluster']);
  const config = await cluster.node(source).run(['cat', '/etc/xen/cluster/vm01.cfg']);
  const input = `${config}vif = ["bridge=br-absent"]\ndisk = ["phy:/dev/absent,xvda,w"]\nmaxmem = 100000\n`;
  await cluster.node(target).run(['sh', '-c', 'cat >/etc/xen/cluster/vm01.cfg'], { input });
  const { code, stdout } = await migrate(target);
  expect(code).toBe(1);
  for (const reason of [
    `vm01 stays on ${source}, nothing was changed`,
    `${source} does not reach ${target} over its migration address 10.89.1.99: ssh: connect to host`,
    `is not the same on ${source} and ${target}`,
    `${target} does not have the disk /dev/absent of vm01`,
    `${target} has no bridge br-absent, which vm01 needs`,
  ])
    expect(stdout).toContain(reason);
  await setAddress(target, '; reboot');
  expect((await migrate(target, '--json')).stdout).toContain('is \\"; reboot\\", which is no address');
  await setAddress(target, migrationAddress(target));
  await cluster.node(target).run(['sh', '-c', 'rm -r /etc/xen/cluster && ln -s /shared/configs /etc/xen/cluster']);

  await tell('crm_attribute', '--type', 'nodes', '--node', target, '--name', 'standby', '--update', 'on');
  expect((await migrate(target)).stdout).toContain(`${target} is in standby\n    ocf-virt undrain ${target}`);
  await tell('crm_attribute', '--type', 'nodes', '--node', target, '--name', 'standby', '--delete');

  const setMeta = ['crm_resource', '--resource', 'vm01', '--meta', '--set-parameter', 'allow-migrate'];
  await tell(...setMeta, '--parameter-value', 'false');
  expect((await migrate(target)).stdout).toContain(
    `vm01 would be restarted on ${target} instead of migrated live, because allow-migrate is not true`,
  );
  await tell(...setMeta, '--parameter-value', 'true');

  const home = `<rsc_location id="home" rsc="vm01" node="${source}" score="100"/>`;
  await tell('cibadmin', '--create', '--scope', 'constraints', '--xml-text', home);
  const stickiness = ['crm_attribute', '--type', 'rsc_defaults', '--name', 'resource-stickiness', '--update'];
  await tell(...stickiness, '0');
  expect((await migrate(target)).stdout).toContain(`vm01 would leave again for ${source}`);
  await tell(...stickiness, '100');
  await tell('cibadmin', '--delete', '--scope', 'constraints', '--xml-text', home);

  const left = `<rsc_location id="cli-prefer-vm01" rsc="vm01" role="Started" node="${source}" score="INFINITY"/>`;
  await tell('cibadmin', '--create', '--scope', 'constraints', '--xml-text', left);
  expect((await migrate(target, '--force')).stdout).toContain(`cli-prefer-vm01 (prefers ${source}) is there`);
  expect(await constraintsOfMoves(cluster)).toEqual(['cli-prefer-vm01']);
  await tell('crm_resource', '--clear', '--resource', 'vm01');

  expect(events().map(({ event }) => event)).not.toContain('migrate-begin');
  expect(cluster.hostOf('vm01')).toBe(source);
});

it('a migration that fails is explained in the words of the agent, and leaves no constraint', async () => {
  await setAddress(target, '10.89.1.99');
  const { code, stdout } = await migrate(target, '--force');
  expect(code).toBe(1);
  expect(stdout).toMatch(/^vm01: restarted on node\d: it was booted anew\n/);
  expect(stdout).toContain(
    `migrate_to on ${source} failed: vm01 goes on running here, not migrated to ${target}: ssh to`,
  );
  expect(await constraintsOfMoves(cluster)).toEqual([]);
  await setAddress(target, migrationAddress(target));
});

it('a start in place of the second half of a migration, which an attribute brought about, is no restart', async () => {
  // Pacemaker 2.1.5 takes an earlier migrate_from of the same way for that of a migration whose transition has ended early.
  for (const node of [target, source]) expect((await migrate(node)).code).toBe(0);
  since = Date.now();
  const running = runLater(cluster.node(third), ['ocf-virt', 'migrate', 'vm01', target]);
  await hasBegun();
  await tell('crm_attribute', '--node', third, '--name', 'noise', '--lifetime', 'reboot', '--update', String(since));
  expect(await running).toMatchObject({ code: 0, stdout: expect.stringContaining('without a restart') });
  const { stdout } = await cluster.node(third).exec(['ocf-virt', 'events', '--vm', 'vm01', '--since', '2min']);
  expect(stdout).toContain('was running already');
  expect(cluster.hostOf('vm01')).toBe(target);
  mustNotHaveRestarted();
});

it('a target that dies meanwhile is told, the VM runs once, and no constraint is left', async () => {
  const running = runLater(cluster.node(third), ['ocf-virt', 'migrate', 'vm01', target]);
  await hasBegun();
  await cluster.node(target).kill();
  const { code, stdout } = await running;
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^vm01: (restarted on|still on) node\d/)]);
  expect(stdout).toMatch(/migrate_to on node\d failed: /);
  expect(cluster.copies('vm01')).toHaveLength(1);
  expect(await constraintsOfMoves(cluster, cluster.node(third))).toEqual([]);
});
