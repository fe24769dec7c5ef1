import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from './wait-until.ts';
import { startXenCluster, type XenCluster } from './xen-cluster.ts';

let cluster: XenCluster;
beforeAll(async () => {
  cluster = await startXenCluster({ name: 'lifecycle', tokenMs: 2000 });
  // A reboot longer than the monitor's interval: a monitor surely meets the moment at which the domain is absent.
  await cluster.createVm('vm01', { settings: { sim_reboot_seconds: 7 }, params: { toolstack_timeout: '2' } });
});
afterAll(() => cluster?.down());

/** The last result of the recurring monitor, as the cluster's status section has it. */
async function monitorResult(vm: string): Promise<string | undefined> {
  const xpath = `//lrm_rsc_op[@id='${vm}_monitor_5000']`;
  const { stdout } = await cluster.anyNode().exec(['cibadmin', '--query', '--xpath', xpath]);
  return /rc-code="(\d+)"/.exec(stdout)?.[1];
}

const eventsOf = (vm: string, since: number) =>
  cluster
    .truth()
    .filter(({ name, time }) => name === vm && time >= since)
    .map(({ event }) => event);

it('a VM starts on one node, and the cluster says on which', async () => {
  const host = await cluster.waitRunning('vm01');
  expect(cluster.copies('vm01')).toHaveLength(1);
  expect(cluster.copies('vm01')[0]).toMatch(`${host}/`);
  expect((await cluster.status())?.failures).toEqual([]);
});

it('a guest that reboots between two monitors is no failure, even while its domain is absent', async () => {
  const host = await cluster.waitRunning('vm01');
  const since = Date.now();
  await cluster.node(host).run(['xl', 'reboot', 'vm01']);
  await waitUntil('the guest is back', 20, () => eventsOf('vm01', since).includes('rebooted'));
  await waitUntil('a monitor notices the new domain id and logs the reboot', 20, () =>
    /vm01.*reboot/i.test(cluster.node(host).log('pacemaker/pacemaker.log', 400)),
  );
  expect(await cluster.waitRunning('vm01')).toBe(host);
  expect((await cluster.status())?.failures).toEqual([]);
  expect(eventsOf('vm01', since).filter((event) => event === 'created')).toHaveLength(1);
});

// Before any failure: once a cleanup has wiped the history of the start, Pacemaker 2.1.5 answers a changed parameter with
// a restart.
it('a reloadable parameter is taken up by reload-agent, and the VM runs on', async () => {
  const host = await cluster.waitRunning('vm01');
  const since = Date.now();
  await cluster.crm('resource', 'param', 'vm01', 'set', 'shutdown_timeout', '20');
  const log = () => cluster.node(host).log('pacemaker/pacemaker.log', 3000);
  await waitUntil(
    'reload-agent ran',
    20,
    () => /Result of reload-agent operation for vm01 .*: ok/.test(log()),
    () =>
      log()
        .split('\n')
        .filter((line) => /Result of|Requesting|log_action/.test(line))
        .slice(-20)
        .join('\n'),
  );
  await cluster.waitRunning('vm01', { on: host });
  expect(eventsOf('vm01', since)).toEqual([]);
  expect((await cluster.status())?.failures).toEqual([]);
});

it('a guest that is destroyed behind the back of the cluster is started again', async () => {
  const host = await cluster.waitRunning('vm01');
  const since = Date.now();
  await cluster.node(host).run(['xl', 'destroy', 'vm01']);
  await waitUntil('vm01 is created anew', 30, () => eventsOf('vm01', since).includes('running'));
  await cluster.waitRunning('vm01');
  const failures = (await cluster.status())?.failures;
  expect(failures).toEqual([expect.objectContaining({ operation: 'vm01_monitor_5000', node: host, code: 7 })]);
  cluster.mustNeverHaveRunTwice();
  await cluster.crm('resource', 'cleanup', 'vm01');
});

it.each(['error', 'hang', 'garbage'] as const)(
  'a toolstack that is back in time (%s) makes the VM degraded for a while and restarts nothing',
  async (kind) => {
    const host = await cluster.waitRunning('vm01');
    const since = Date.now();
    cluster.setFault(host, 'xl', { kind });
    const degraded = await waitUntil('the monitor says degraded', 40, async () =>
      (await cluster.status())?.failures.find(({ operation }) => operation === 'vm01_monitor_5000'),
    );
    expect(degraded).toMatchObject({ node: host, code: 190, reason: expect.stringContaining('xl list') });
    expect((await cluster.status())?.resources.find(({ id }) => id === 'vm01')).toMatchObject({ role: 'Started' });
    cluster.clearFaults(host);
    await waitUntil('the monitor says running', 30, async () => (await monitorResult('vm01')) === '0');
    expect(await cluster.waitRunning('vm01')).toBe(host);
    expect(eventsOf('vm01', since)).toEqual([]);
    expect(cluster.fencedLog()).toEqual([]);
    await cluster.crm('resource', 'cleanup', 'vm01');
  },
);

it('with stop_method=save a stop keeps the memory and the next start restores it', async () => {
  mkdirSync(join(cluster.sharedFolder, 'images'), { mode: 0o700 });
  await cluster.createVm('vm02', { params: { stop_method: 'save', save_directory: '/shared/images' } });
  await cluster.waitRunning('vm02');
  const since = Date.now();
  await cluster.crm('resource', 'stop', 'vm02');
  await waitUntil('vm02 is saved', 30, () => cluster.copies('vm02').length === 0);
  await cluster.waitOnline();
  await cluster.crm('resource', 'start', 'vm02');
  await cluster.waitRunning('vm02');
  const events = cluster.truth().filter(({ name, time }) => name === 'vm02' && time >= since);
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['saved', 'restored']));
  expect(events.map(({ event }) => event)).not.toContain('shutdown');
  expect((await cluster.status())?.failures).toEqual([]);
});
