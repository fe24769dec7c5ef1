import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseCib } from '../../lib/cluster/cib.ts';
import { addressOf } from './network.ts';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'attributes', tokenMs: 2000 });
  await cluster.createVm('vm01');
});
afterAll(() => cluster?.down());

/** Runs ocf-virt on a node. */
const ocfVirt = (...words: readonly string[]) => cluster.node('node1').exec(['ocf-virt', ...words]);

/** The value of a permanent attribute as Pacemaker has it. */
async function attributeOf(node: string, name: string): Promise<string | undefined> {
  const cib = await parseCib(await cluster.node('node1').run(['cibadmin', '--query']));
  return cib.nodes.find((one) => one.name === node)?.attributes[name];
}

const hostile = `it's "x" ; touch /shared/executed; $(touch /shared/executed) \`touch /shared/executed\` | & * ~ -x`;

it('attributes of all nodes stand in one table, with what uses them', async () => {
  await cluster.crm('configure', 'location', 'loc-rack', 'vm01', 'rule', '10:', 'rack', 'eq', 'A');
  expect(await ocfVirt('attribute', 'set', 'rack', 'A', '--node', 'node1', '--node', 'node2')).toMatchObject({
    code: 0,
  });
  await ocfVirt('attribute', 'set', 'hv_memory', '61440', '--all', '--utilization');
  await ocfVirt('attribute', 'set', 'mood', 'good', '--node', 'node3', '--transient');
  const { code, stdout } = await ocfVirt('attribute', 'list');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^ip_livemigration +permanent +10\.89\.1\.11 +10\.89\.1\.12 +10\.89\.1\.13 +address for vm01$/m,
  );
  expect(stdout).toMatch(/^rack +permanent +A +A +- +rule of loc-rack$/m);
  expect(stdout).toMatch(/^hv_memory +utilization +61440 +61440 +61440 +-$/m);
  expect(stdout).toMatch(/^mood +transient +- +- +good +-$/m);
  expect(await ocfVirt('attribute', 'get', 'mood', '--node', 'node3')).toMatchObject({ code: 0, stdout: 'good\n' });
  expect((await ocfVirt('attribute', 'get', 'mood')).code).toBe(1);
});

it('a value that a shell would execute is data, and the commands of a dry run do the same when a shell runs them', async () => {
  expect(await ocfVirt('attribute', 'set', 'note', hostile, '--node', 'node1')).toMatchObject({ code: 0 });
  expect(await attributeOf('node1', 'note')).toBe(hostile);
  expect((await ocfVirt('attribute', 'get', 'note', '--node', 'node1')).stdout).toBe(`${hostile}\n`);
  const dry = await ocfVirt('attribute', 'set', 'note', hostile, '--node', 'node2', '--dry-run');
  expect(await attributeOf('node2', 'note')).toBeUndefined();
  await cluster.node('node1').run(['sh', '-c', dry.stdout]);
  expect(await attributeOf('node2', 'note')).toBe(hostile);
  await ocfVirt('attribute', 'set', 'note', '--value=-INFINITY', '--node', 'node3');
  expect(await attributeOf('node3', 'note')).toBe('-INFINITY');
  expect(await ocfVirt('attribute', 'unset', 'note', '--all')).toMatchObject({ code: 0 });
  for (const { name } of cluster.nodes) expect(await attributeOf(name, 'note')).toBeUndefined();
  expect(existsSync(join(cluster.sharedFolder, 'executed'))).toBe(false);
});

it.each([
  [['set', 'ip_livemigration', '10.0.0.1; touch /shared/executed', '--node', 'node1'], 'is no address'],
  [['set', 'ip_livemigration', '--value=-oProxyCommand=x', '--node', 'node1'], 'is no address'],
  [['set', 'ip_livemigration', addressOf(2, 'migration'), '--node', 'node1'], 'node2 has 10.89.1.12 already'],
  [['set', 'rack', 'a\nb', '--node', 'node1'], 'cannot be "a\\nb"'],
  [['set', '$(touch /shared/executed)', 'x', '--all'], 'is no name of an attribute'],
  [['set', 'rack', 'A', '--node', 'node1; touch /shared/executed'], 'there is no node'],
  [['set', 'rack', 'A', '--node=-x'], 'there is no node'],
  [['set', 'rack', 'A'], 'no node is named'],
] as const)('attribute %j is refused as wrong usage, before anything is changed', async (words, says) => {
  const before = await cluster.node('node1').run(['cibadmin', '--query', '--scope=nodes']);
  const { code, stderr } = await ocfVirt('attribute', ...words);
  expect([code, stderr]).toEqual([2, expect.stringContaining(says)]);
  expect(await cluster.node('node1').run(['cibadmin', '--query', '--scope=nodes'])).toBe(before);
  expect(existsSync(join(cluster.sharedFolder, 'executed'))).toBe(false);
});

it('migration addresses are listed, set and taken away', async () => {
  expect(await ocfVirt('migration-address', 'list')).toMatchObject({ code: 0 });
  await ocfVirt('migration-address', 'unset', 'node3');
  const without = await ocfVirt('migration-address', 'list');
  expect([without.code, without.stdout]).toEqual([1, expect.stringContaining('node3 has no ip_livemigration')]);
  await ocfVirt('migration-address', 'set', 'node3', addressOf(3, 'migration'), '--transient');
  const again = await ocfVirt('migration-address', 'list');
  expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^node3 +10\.89\.1\.13 +transient$/m)]);
});

interface Ways {
  readonly ways: readonly { readonly from: string; readonly to: string; readonly short: string }[];
}

/** Every way that is not good, as `FROM TO WHY`. */
async function badWays(...words: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await ocfVirt('migration-address', 'check', '--json', ...words);
  expect(stderr).toBe('');
  const bad = (JSON.parse(stdout) as Ways).ways.filter(({ short }) => short !== 'ok');
  expect(code).toBe(bad.length > 0 ? 1 : 0);
  return bad.map(({ from, to, short }) => `${from} ${to} ${short}`);
}

it('every way that a migration could go is tried from both ends', async () => {
  expect(await badWays()).toEqual([]);
  expect((await ocfVirt('migration-address', 'check')).stdout).toMatch(/^node1 +\. +ok +ok$/m);
});

it('a host key that is not known, a wrong address and another version of Xen are seen', async () => {
  await cluster.node('node1').run(['sed', '-i', '/^node2,/d', '/root/.ssh/known_hosts']);
  // Asked by name and known by name: only the migration network's address is not known.
  await cluster.node('node1').run(['sh', '-c', 'ssh-keyscan -t ed25519 node2 >>/root/.ssh/known_hosts 2>/dev/null']);
  await cluster
    .anyNode()
    .run(['crm_attribute', '--node=node3', '--name=ip_livemigration', '--update=10.89.1.11', '--lifetime=forever']);
  cluster.setFault('node2', 'info', { stdout: 'xen_version            : 4.14.6\n', exit: 0 });
  expect(await badWays()).toEqual([
    'node1 node2 host key',
    'node1 node3 is node1',
    'node2 node1 xen 4.17.7',
    'node2 node3 is node1',
    'node3 node2 xen 4.14.6',
  ]);
  cluster.clearFaults('node2');
  await cluster
    .anyNode()
    .run(['crm_attribute', '--node=node3', '--name=ip_livemigration', '--delete', '--lifetime=forever']);
  await cluster.node('node1').run(['sed', '-i', 's/^node2 /node2,10.89.1.12 /', '/root/.ssh/known_hosts']);
  expect(await badWays()).toEqual([]);
});

it('a migration network that is cut, and a node that hangs, are seen within the deadline', async () => {
  await cluster.node('node2').unplug('migration');
  await cluster.node('node3').run(['sh', '-c', 'kill -STOP $(cat /run/sshd.pid)']);
  const began = performance.now();
  const bad = await badWays('--timeout', '8');
  const seconds = (performance.now() - began) / 1000;
  await cluster.node('node3').run(['sh', '-c', 'kill -CONT $(cat /run/sshd.pid)']);
  await cluster.node('node2').plug('migration');
  expect(bad.map((way) => way.replace(/no (answer|route)/, 'nothing'))).toEqual([
    'node1 node2 nothing',
    'node1 node3 nothing',
    'node2 node1 nothing',
    'node2 node3 nothing',
    'node3 node1 ?',
    'node3 node2 ?',
  ]);
  expect(seconds).toBeLessThan(9);
});

it('a node that dies in the middle leaves each command with an answer', async () => {
  cluster.setFault('node3', 'info', { kind: 'slow', seconds: 3 });
  const checked = badWays();
  await waitUntil(
    'node3 is asked',
    8,
    async () => (await cluster.node('node3').exec(['pgrep', '-f', 'xl info'])).code === 0,
  );
  await cluster.node('node3').kill();
  const dead = await Promise.all([ocfVirt('attribute', 'list'), ocfVirt('attribute', 'set', 'rack', 'B', '--all')]);
  expect(await checked).toEqual(expect.arrayContaining([expect.stringMatching(/^node1 node3 /), 'node3 node1 ?']));
  expect(dead.map(({ code }) => code)).toEqual([expect.any(Number), 0]);
  expect(dead[0]?.stdout).toMatch(/^rack +permanent /m);
  expect(await attributeOf('node3', 'rack')).toBe('B');
});
