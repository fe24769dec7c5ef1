import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'where', nodes: 5, tokenMs: 2000 });
  // No monitor notices what these tests do behind the cluster's back.
  const operations = { monitor: 'interval=600s timeout=30s' };
  for (const vm of ['vm01', 'vm02']) await cluster.createVm(vm, { operations });
  for (const vm of ['vm01', 'vm02']) await cluster.waitRunning(vm);
});
afterAll(() => cluster?.down());
afterEach(async () => {
  for (const { name, isOn } of cluster.nodes) {
    cluster.clearFaults(name);
    if (isOn)
      await cluster
        .node(name)
        .exec(['sh', '-c', 'for id in $(cat /run/extra 2>/dev/null); do xl destroy $id; done; rm -f /run/extra']);
  }
});

interface Seen {
  readonly vms: readonly { readonly vm: string; readonly places: readonly { readonly node: string }[] }[];
  readonly differences: readonly { readonly kind: string; readonly vm?: string; readonly nodes: readonly string[] }[];
}

/** Runs `ocf-virt where`; a difference must be exit code 1. */
async function where(args: readonly string[] = [], from = 'node1'): Promise<Seen> {
  const { code, stdout, stderr } = await cluster.node(from).exec(['ocf-virt', 'where', '--json', ...args]);
  expect(stderr).toBe('');
  const seen = JSON.parse(stdout) as Seen;
  expect(code).toBe(seen.differences.length > 0 || seen.vms.length === 0 ? 1 : 0);
  return seen;
}

/** What `ocf-virt where` prints for people, which must never have colours or progress here. */
async function whereText(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await cluster.node('node1').exec(['ocf-virt', 'where', ...args]);
  expect(stderr).toBe('');
  expect(stdout).not.toContain('\x1b');
  return stdout;
}

const differencesIn = ({ differences }: Seen) => differences.map(({ kind, vm, nodes }) => [kind, vm, nodes.join(' ')]);

/** Starts a domain behind the cluster's back, until the end of the test. */
async function startBeside(node: string, file: string, ...words: readonly string[]) {
  await cluster.node(node).run(['xl', 'create', ...words, file]);
  await cluster
    .node(node)
    .run(['sh', '-c', "xl list | awk 'NR > 2 { print $(NF-4) }' | sort -n | tail -n 1 >>/run/extra"]);
}

const hostOf = (vm: string) => cluster.hostOf(vm) ?? '';
const notOn = (...nodes: readonly string[]) =>
  cluster.nodes.map(({ name }) => name).find((name) => !nodes.includes(name)) ?? '';

it('hypervisors and cluster agree, from whatever node they are asked', async () => {
  for (const from of ['node1', 'node5']) expect(differencesIn(await where([], from))).toEqual([]);
  const home = hostOf('vm01');
  expect(await whereText()).toMatch(new RegExp(`^vm01 +${home} +running +512 +1 +vm01 +Started on ${home}$`, 'm'));
  expect((await where(['vm02'])).vms.map(({ vm }) => vm)).toEqual(['vm02']);
  expect((await where(['nobody'])).vms).toEqual([]);
});

it('two VMs that run twice are found, and said before anything else', async () => {
  const homes = { vm01: hostOf('vm01'), vm02: hostOf('vm02') };
  const second = { vm01: notOn(hostOf('vm01')), vm02: notOn(hostOf('vm02'), 'node1') };
  for (const vm of ['vm01', 'vm02'] as const) await startBeside(second[vm], `/etc/xen/cluster/${vm}.cfg`);
  expect(differencesIn(await where())).toEqual(
    (['vm01', 'vm02'] as const).map((vm) => ['runs twice', vm, [homes[vm], second[vm]].sort().join(' ')]),
  );
  expect(await whereText()).toContain('RUNS TWICE: vm01 runs twice: on ');
});

it('a VM that runs where the cluster does not know, one that does not run, a copy left over, one of nobody', async () => {
  const [home, away] = [hostOf('vm01'), notOn(hostOf('vm01'))];
  await cluster.crm('resource', 'stop', 'vm02');
  await waitUntil('vm02 is stopped', 30, () => cluster.copies('vm02').length === 0);
  await cluster.anyNode().run(['crm_resource', '--wait', '--timeout=30s'], { timeout: 35_000 });
  await startBeside('node3', '/etc/xen/cluster/vm02.cfg');
  await cluster.node(home).run(['xl', 'destroy', 'vm01']);
  await startBeside(away, cluster.writeConfig('copy', { name: 'vm01--incoming', memory: 64 }), '-p');
  await startBeside('node4', cluster.writeConfig('stray', { memory: 64 }));
  expect(differencesIn(await where())).toEqual([
    ['runs, and the cluster does not know', 'vm02', 'node3'],
    ['does not run', 'vm01', home],
    ['left over', 'vm01', away],
    ['not managed', 'stray', 'node4'],
  ]);
  expect(differencesIn(await where(['stray']))).toEqual([['not managed', 'stray', 'node4']]);
});

it('the cluster is right again after it has looked anew', async () => {
  await cluster.anyNode().run(['crm_resource', '--refresh', '--resource', 'vm01']);
  await cluster.crm('resource', 'start', 'vm02');
  for (const vm of ['vm01', 'vm02']) await cluster.waitRunning(vm);
  expect(differencesIn(await where())).toEqual([]);
});

it('a name that a shell would execute is shown, and nothing of it is executed', async () => {
  const name = "$(touch /shared/executed); touch '/shared/executed' `touch /shared/executed`";
  await startBeside('node2', cluster.writeConfig('hostile', { name, memory: 64 }));
  expect(differencesIn(await where())).toEqual([['not managed', name, 'node2']]);
  const asked = await where([name]);
  expect(asked.vms).toMatchObject([{ vm: name, places: [{ node: 'node2' }] }]);
  for (const node of [name, '-oProxyCommand=touch /shared/executed']) {
    const answer = await cluster.node('node1').exec(['ocf-virt', 'where', '--timeout', '5', `--node=${node}`]);
    expect([answer.code, answer.stdout]).toEqual([1, expect.stringContaining('is no address')]);
  }
  expect(existsSync(join(cluster.sharedFolder, 'executed'))).toBe(false);
});

it('a toolstack that hangs leaves everything else known', async () => {
  const silent = hostOf('vm01');
  cluster.setFault(silent, 'list', { kind: 'hang' });
  const [seen, text] = await Promise.all([where(), whereText()]);
  expect(differencesIn(seen)).toEqual([['toolstack does not answer', undefined, silent]]);
  expect(text).toMatch(new RegExp(`^vm01 +${silent} +xl does not answer `, 'm'));
  expect(text).toMatch(/^vm02 +node\d +running /m);
});

it('a node that accepts and never answers is waited for until the deadline, and not longer', async () => {
  const hung = notOn('node1');
  await cluster.node(hung).run(['sh', '-c', 'kill -STOP $(cat /run/sshd.pid)']);
  const timed = async <T>(work: () => Promise<T>) => {
    const began = performance.now();
    return [await work(), (performance.now() - began) / 1000] as const;
  };
  // What it takes to enter the node and to start a command that asks nobody is none of the question's time.
  const [, start] = await timed(() => cluster.node('node1').run(['ocf-virt', 'agents']));
  const [text, seconds] = await timed(() => whereText('--timeout', '6'));
  await cluster.node(hung).run(['sh', '-c', 'kill -CONT $(cat /run/sshd.pid)']);
  expect(text).toMatch(new RegExp(`node does not answer: ${hung} did not answer: no answer within \\d`));
  expect(text.match(/does not answer:/g)).toHaveLength(1);
  expect(seconds - start).toBeLessThan(7);
});

it('a node that dies in the middle of the question is unknown, and the others are not', async () => {
  const dies = notOn('node1', hostOf('vm01'));
  cluster.setFault(dies, 'list', { kind: 'slow', seconds: 3 });
  const asked = where();
  await waitUntil('the node is asked', 8, async () => {
    const { code } = await cluster.node(dies).exec(['pgrep', '-f', 'xl list -v']);
    return code === 0;
  });
  await cluster.node(dies).kill();
  const seen = await asked;
  expect(differencesIn(seen)).toContainEqual(['node does not answer', undefined, dies]);
  expect(seen.vms.find(({ vm }) => vm === 'vm01')?.places).toEqual([expect.objectContaining({ node: hostOf('vm01') })]);
});
