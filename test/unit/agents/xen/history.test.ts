import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEvents } from '../../../../lib/history/read.ts';
import { markedResources } from '../../../../lib/system/action-mark.ts';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

const historyOf = (bench: XenBench) => readEvents(join(bench.folder, 'log'), {});
const onNode = { OCF_RESKEY_CRM_meta_on_node: 'node1' };

describe('the history of a node has', () => {
  it('a start and a stop, with the state that they found and the time that they took', async () => {
    const bench = xenBench();
    await bench.run('start', onNode);
    await bench.run('stop', onNode);
    expect(historyOf(bench)).toEqual([
      expect.objectContaining({ vm: 'vm01', node: 'node1', event: 'started', action: 'start', found: 'absent' }),
      expect.objectContaining({ vm: 'vm01', node: 'node1', event: 'stopped', action: 'stop', found: 'running' }),
    ]);
    for (const { seconds } of historyOf(bench)) expect(seconds).toBeGreaterThan(0);
  });

  it('a failed action with its exit code and its reason', async () => {
    const bench = xenBench();
    bench.answers.set('xl create', { code: 3, stderr: 'xc: error: Out of memory\n' });
    const { exit } = await bench.run('start', onNode);
    expect(historyOf(bench)).toEqual([
      expect.objectContaining({
        event: 'failed',
        action: 'start',
        exit,
        reason: expect.stringContaining('Out of memory'),
      }),
    ]);
  });

  it('a migration with both nodes, its address and the memory that went over it', async () => {
    const bench = xenBench();
    bench.add({ memoryMiB: 512 });
    bench.hooks.set('xl migrate', () => bench.domains.clear());
    bench.answers.set('xl migrate', { code: 0 });
    bench.answers.set('ssh', {
      stdout:
        'Name                                        ID   Mem VCPUs\tState\tTime(s)\nDomain-0                                     0   900     1     r-----       3.5\n',
    });
    const env = { ...onNode, OCF_RESKEY_CRM_meta_migrate_target: '10.0.0.2' };
    expect((await bench.run('migrate_to', env)).exit).toBe(0);
    expect(historyOf(bench)).toEqual([
      expect.objectContaining({
        event: 'migrated',
        node: 'node1',
        to: '10.0.0.2',
        address: '10.0.0.2',
        memoryMiB: 512,
      }),
    ]);
  });

  it('a monitor that found something wrong, once as long as it is the same, and no monitor that did not', async () => {
    const bench = xenBench();
    await bench.run('monitor', { ...onNode, OCF_RESKEY_CRM_meta_interval: '0' });
    bench.add({});
    await bench.run('monitor', onNode);
    expect(historyOf(bench)).toEqual([]);
    bench.faults.set('xl', { code: 1, stderr: 'cannot init xl context\n' });
    bench.processes.push({
      pid: 9,
      parent: 1,
      args: ['xl', 'create', bench.configFile],
      output: '/var/log/xen/xl-vm01.log',
    });
    expect((await bench.run('monitor', onNode)).exit).toBe(190);
    expect((await bench.run('monitor', onNode)).exit).toBe(190);
    bench.faults.clear();
    bench.domains.clear();
    bench.processes.length = 0;
    expect((await bench.run('monitor', onNode)).exit).toBe(7);
    expect(historyOf(bench)).toEqual([
      expect.objectContaining({
        event: 'degraded',
        exit: 190,
        reason: expect.stringContaining('cannot init xl context'),
      }),
      expect.objectContaining({ event: 'failed', action: 'monitor', exit: 7, reason: 'it was not running' }),
    ]);
  });

  it('a reboot of the guest', async () => {
    const bench = xenBench();
    bench.add({ id: 1 });
    await bench.run('monitor', onNode);
    bench.add({ id: 2 });
    await bench.run('monitor', onNode);
    expect(historyOf(bench)).toEqual([expect.objectContaining({ event: 'rebooted', vm: 'vm01', id: 2 })]);
  });
});

it('no action fails or is late because its history cannot be written', async () => {
  const bench = xenBench();
  writeFileSync(join(bench.folder, 'log'), '');
  expect((await bench.run('start', onNode)).exit).toBe(0);
  expect((await bench.run('stop', onNode)).exit).toBe(0);
});

it('an action that changes a VM is marked while it runs, and only then', async () => {
  const bench = xenBench();
  const run = join(bench.folder, 'run');
  const seen: unknown[] = [];
  const look = () => seen.push([...markedResources(run)]);
  bench.hooks.set('xl create', look);
  await bench.run('start');
  expect(markedResources(run).size).toBe(0);
  bench.hooks.set('xl shutdown', look);
  await bench.run('stop');
  expect(seen).toEqual([[['vm01', 'under way']], [['vm01', 'under way']]]);
  bench.add({});
  bench.hooks.set('xl list', () => expect(markedResources(run).size).toBe(0));
  await bench.run('monitor');
});
