import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { interruptions } from './interruptions.ts';
import { startVmCluster, type VmCluster } from './vm-cluster.ts';
import { createVmwareVm, makeVmx, toolstacks } from './vmware-vms.ts';

// For how long `crm resource move` interrupts a VM, beside what Pacemaker itself takes for it.

/** Seconds that a suspend and a resume of the simulated VMs take. */
const [suspending, resuming] = [3, 2];
const settings = { 'sim.suspendSeconds': suspending, 'sim.resumeSeconds': resuming };

let cluster: VmCluster;
/** Seconds that Pacemaker itself takes from the end of migrate_to to the beginning of migrate_from. */
let pacemaker = Number.NaN;

beforeAll(async () => {
  cluster = await startVmCluster({ name: 'interruption' });
  pacemaker = median(await pacemakersOwn());
  console.log(`Pacemaker itself (ocf:pacemaker:Dummy): ${pacemaker.toFixed(2)} s`);
});
afterAll(() => cluster?.down());

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Moves a resource to and fro, and returns what was measured of each move. */
async function moved(
  resource: string,
  moves: number,
  measure: (from: string, to: string) => Promise<number>,
): Promise<number[]> {
  const found: number[] = [];
  for (let count = 0; count < moves; count += 1) {
    await cluster.waitOnline();
    const from = (await cluster.status())?.resources.find(({ id }) => id === resource)?.nodes[0] ?? '';
    const to = from === 'node1' ? 'node2' : 'node1';
    const seconds = measure(from, to);
    await cluster.crm('resource', 'move', resource, to);
    found.push(await seconds);
    await cluster.waitOnline();
    await cluster.crm('resource', 'clear', resource);
  }
  return found;
}

/** ocf:pacemaker:Dummy removes a file in migrate_to and makes it in migrate_from: here where this machine sees it. */
async function pacemakersOwn(): Promise<number[]> {
  for (const { name, run } of cluster.nodes) {
    mkdirSync(join(cluster.sharedFolder, `dummy-${name}`));
    await run(['ln', '-s', `/shared/dummy-${name}`, '/dummy']);
  }
  await cluster.configure('dummy', { agent: 'ocf:pacemaker:Dummy', params: { state: '/dummy/state' } });
  const fileOf = (node: string) => join(cluster.sharedFolder, `dummy-${node}`, 'state');
  return moved('dummy', 5, async (from, to) => {
    while (existsSync(fileOf(from))) await sleep(2);
    const since = performance.now();
    while (!existsSync(fileOf(to))) await sleep(2);
    return (performance.now() - since) / 1000;
  });
}

/** The seconds in which a VM executed nowhere, for each of its moves. */
async function interruptionsOf(vm: string, moves: number): Promise<number[]> {
  await cluster.waitRunning(vm);
  return moved(vm, moves, async (_, to) => {
    const before = interruptions(cluster.truth(), vm).length;
    await cluster.waitRunning(vm, { on: to, seconds: 120 });
    const [last, ...more] = interruptions(cluster.truth(), vm).slice(before);
    expect(more).toEqual([]);
    return last === undefined ? Number.NaN : (last.to - last.from) / 1000;
  });
}

const worst = suspending + resuming + 1;

it.each(toolstacks)(
  'with %s, a move costs the suspend, the resume, at most a second, and what Pacemaker takes',
  async (toolstack) => {
    const vm = `vm-${toolstack}`;
    await createVmwareVm(cluster, vm, { toolstack, settings });
    const seconds = await interruptionsOf(vm, 3);
    console.log(`${toolstack}: ${seconds.map((one) => one.toFixed(2)).join(', ')} s`);
    expect(median(seconds)).toBeGreaterThan(suspending + resuming);
    expect(median(seconds) - pacemaker).toBeLessThanOrEqual(worst);
    cluster.mustNeverHaveRunTwice();
  },
);

it('the old agent, which has no migration, interrupts the same VM for longer', async () => {
  const { there } = makeVmx(cluster, 'old', settings);
  await cluster.configure('old', {
    agent: 'ocf:heartbeat:vmware',
    params: { vmxpath: there, vimshbin: '/usr/local/sbin/vmware-vim-cmd' },
    meta: { 'allow-migrate': 'false' },
    operations: { start: 'interval=0 timeout=600s', stop: 'interval=0 timeout=600s' },
  });
  const seconds = await interruptionsOf('old', 1);
  console.log(`ocf:heartbeat:vmware: ${seconds.map((one) => one.toFixed(2)).join(', ')} s`);
  expect(median(seconds) - pacemaker).toBeGreaterThan(worst);
});
