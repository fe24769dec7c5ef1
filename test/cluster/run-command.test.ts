import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serviceEnvironment } from '../support/service-files.ts';
import type { ClusterNode } from './cluster.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
/** The node that `env` runs on, and the other one. */
let here: ClusterNode;
let there: ClusterNode;

const words = 'a  "b" $(touch /shared/executed); `touch /shared/executed` -x';

beforeAll(async () => {
  cluster = await startXenCluster({ name: 'run', nodes: 2, tokenMs: 2000 });
  const agent = readFileSync(join(import.meta.dirname, 'env-agent.sh'), 'utf8');
  for (const node of cluster.nodes) {
    await node.run(['sh', '-c', 'mkdir -p $0 && cat >$0/Env && chmod 755 $0/Env', '/usr/lib/ocf/resource.d/test'], {
      input: agent,
    });
  }
  const resource = `<primitive id="env" class="ocf" provider="test" type="Env">
    <instance_attributes id="env-i"><nvpair id="env-i-w" name="words" value="${words.replaceAll('"', '&quot;')}"/></instance_attributes>
    <meta_attributes id="env-m"><nvpair id="env-m-a" name="allow-migrate" value="true"/></meta_attributes>
    <operations><op id="env-start" name="start" interval="0" timeout="12s"/>
      <op id="env-to" name="migrate_to" interval="0" timeout="33s"/>
      <op id="env-mon" name="monitor" interval="3s" timeout="7s" on-fail="restart">
        <instance_attributes id="env-mon-i"><nvpair id="env-mon-l" name="OCF_CHECK_LEVEL" value="10"/></instance_attributes></op>
      <op id="env-stop" name="stop" interval="0" timeout="9s"/></operations></primitive>`;
  await cluster.anyNode().run(['cibadmin', '--create', '--scope', 'resources', '--xml-text', resource]);
  const clone = `<clone id="all"><primitive id="every" class="ocf" provider="test" type="Env">
    <operations><op id="every-mon" name="monitor" interval="4s" timeout="8s"/></operations></primitive></clone>`;
  await cluster.anyNode().run(['cibadmin', '--create', '--scope', 'resources', '--xml-text', clone]);
  await cluster.createVm('vm01');
  await cluster.waitRunning('vm01');
  await cluster.anyNode().run(['crm_resource', '--wait', '--timeout=30s'], { timeout: 40_000 });
  const at = (await cluster.status())?.resources.find(({ id }) => id === 'env')?.nodes[0] ?? '';
  here = cluster.node(at);
  there = cluster.node(at === 'node1' ? 'node2' : 'node1');
});
afterAll(() => cluster?.down());

const run = (node: ClusterNode, ...args: readonly string[]) => node.exec(['ocf-virt', 'run', ...args]);
const maintain = (resource: string, value: 'true' | 'false') =>
  cluster
    .anyNode()
    .run([
      'crm_resource',
      '--resource',
      resource,
      '--meta',
      '--set-parameter',
      'maintenance',
      '--parameter-value',
      value,
    ]);

/** How the agent was run last, without what the shell of the agent sets itself. */
async function seen(node: ClusterNode, action: string): Promise<readonly string[]> {
  const text = await node.run(['cat', `/run/agent/${action}`]);
  return text.split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
}

/** Has an action run as the cluster has run it before, and compares. */
async function mustBeAlike(node: ClusterNode, file: string, ...args: readonly string[]) {
  const byCluster = await seen(node, file);
  await node.run(['rm', `/run/agent/${file}`]);
  const { code, stderr, stdout } = await run(node, ...args);
  expect({ code, stderr, stdout }).toMatchObject({ code: 0 });
  expect(await seen(node, file)).toEqual(byCluster);
}

it('a monitor, a probe and a start get exactly the environment that Pacemaker gives them', async () => {
  await maintain('env', 'true');
  await mustBeAlike(here, 'env.monitor.3000', 'monitor', 'env');
  await mustBeAlike(there, 'env.monitor.0', 'monitor', 'env', '--probe');
  await mustBeAlike(here, 'env.start.0', 'start', 'env');
  expect((await seen(here, 'env.start.0')).join('\n')).toContain(`OCF_RESKEY_words=${words}`);
  expect(existsSync(join(cluster.sharedFolder, 'executed'))).toBe(false);
  await maintain('env', 'false');
});

it('an agent gets what the drop-in of the packages gives to Pacemaker', async () => {
  expect(serviceEnvironment()).not.toEqual([]);
  expect(await seen(here, 'every.monitor.4000')).toEqual(expect.arrayContaining([...serviceEnvironment()]));
});

it('a clone instance gets its environment too', async () => {
  const text = (await seen(here, 'every.monitor.4000')).join('\n');
  const { code } = await run(here, 'monitor', 'every');
  expect(code).toBe(0);
  const withoutNumber = (one: string) => one.replace(/meta_clone=\d+/, '');
  expect(withoutNumber((await seen(here, 'every.monitor.4000')).join('\n'))).toBe(withoutNumber(text));
});

it('both halves of a migration get the names of both nodes, and the stop what a stop gets', async () => {
  await cluster.crm('resource', 'move', 'env', there.name);
  await cluster.anyNode().run(['crm_resource', '--wait', '--timeout=30s'], { timeout: 40_000 });
  await maintain('env', 'true');
  await mustBeAlike(here, 'env.migrate_to.0', 'migrate_to', 'env', '--to', there.name);
  await mustBeAlike(there, 'env.migrate_from.0', 'migrate_from', 'env', '--from', here.name);
  await mustBeAlike(here, 'env.stop.0', 'stop', 'env');
  expect(await run(here, 'migrate_to', 'env')).toMatchObject({ code: 2, stderr: expect.stringContaining('--to NODE') });
  await cluster.crm('resource', 'clear', 'env');
  await maintain('env', 'false');
});

it('the result is explained: code by name, reason, and what Pacemaker would do', async () => {
  const node = cluster.node(await cluster.waitRunning('vm01'));
  const fine = await run(node, 'monitor', 'vm01', '--json');
  expect(JSON.parse(fine.stdout)).toMatchObject({ exit: 0, name: 'OCF_SUCCESS', isFailure: false, timeoutMs: 30_000 });
  cluster.setFault(node.name, 'xl', { kind: 'error' });
  try {
    const bad = await run(node, 'monitor', 'vm01', '--limit', '5', '--programs');
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/^monitor of vm01 on node\d: 190 \(OCF_DEGRADED\)/);
    expect(bad.stdout).toContain('lets it run');
    expect(bad.stdout).toMatch(/programs:\n(.*\n)* {2}xl list vm01\n/);
  } finally {
    cluster.clearFaults(node.name);
  }
});

it('an action that is late is killed, with all that it has started', async () => {
  const late = await run(here, 'hang', 'env', '--limit', '1', '--force', '--json');
  expect(late.code).toBe(1);
  expect(JSON.parse(late.stdout)).toMatchObject({ exit: null, ended: 'timed out', isFailure: true });
  expect(await here.exec(['pgrep', '-f', '[s]leep 60'])).toMatchObject({ code: 1 });
});

it('an action that changes something is refused while the cluster manages the resource', async () => {
  const node = cluster.node(await cluster.waitRunning('vm01'));
  const other = cluster.node(node.name === 'node1' ? 'node2' : 'node1');
  expect(await run(node, 'stop', 'vm01')).toMatchObject({ code: 2, stderr: expect.stringContaining('maintenance') });
  expect(await run(other, 'start', 'vm01')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`running on ${node.name}`),
  });
  expect(cluster.copies('vm01')).toHaveLength(1);
  await maintain('vm01', 'true');
  expect(await run(node, 'stop', 'vm01')).toMatchObject({ code: 0 });
  expect(cluster.copies('vm01')).toHaveLength(0);
  const gone = await run(node, 'monitor', 'vm01');
  expect(gone).toMatchObject({ code: 1, stdout: expect.stringContaining('The cluster believes that vm01 runs') });
  expect(await run(node, 'start', 'vm01')).toMatchObject({ code: 0 });
  expect(cluster.hostOf('vm01')).toBe(node.name);
  await maintain('vm01', 'false');
  cluster.mustNeverHaveRunTwice();
});

it('a document is printed as the agent prints it, and what is not there is named', async () => {
  const { stdout } = await run(here, 'meta-data', 'vm01');
  expect(stdout).toMatch(/^<\?xml/);
  expect(await run(here, 'monitor', 'vm02')).toMatchObject({ code: 2, stderr: expect.stringContaining('vm01') });
  expect(await run(here, 'monitor', 'fencing')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('OCF agents'),
  });
  // Else a monitor of the cluster itself may meet the missing agent, and get the node fenced.
  await here.run(['crm_attribute', '--name', 'maintenance-mode', '--update', 'true']);
  await here.run(['crm_resource', '--wait', '--timeout=30s'], { timeout: 40_000 });
  await here.run(['mv', '/usr/lib/ocf/resource.d/test/Env', '/root/']);
  expect(await run(here, 'monitor', 'env')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('not installed'),
  });
  await here.run(['mv', '/root/Env', '/usr/lib/ocf/resource.d/test/']);
  await here.run(['crm_attribute', '--name', 'maintenance-mode', '--delete']);
});
