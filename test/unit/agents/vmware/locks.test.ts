import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { machineIdOf } from '../../../../lib/hypervisor/vmware/lock-member.ts';
import { machineIdsOf } from '../../../../lib/hypervisor/vmware/lock-owner.ts';
import { allToolstacks, type VmwareBench, vmwareBench } from '../../../support/vmware-agent.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const minute = 60_000;
const node2 = machineIdOf('node2.example.org', '52:54:00:00:00:02');
const foreign = { machineId: node2, pid: 4242, name: 'M00007.lck', writtenMs: now };

interface Node {
  online?: boolean;
  unclean?: boolean;
  expectedUp?: boolean;
}

/** What Pacemaker says of node2, and of its fencing. */
function cluster(bench: VmwareBench, node: Node, events: readonly string[] = []): void {
  const { online = false, unclean = false, expectedUp = false } = node;
  const row = (name: string, up: boolean, lost: boolean, expected: boolean) =>
    `<node name="${name}" id="1" online="${up}" unclean="${lost}" expected_up="${expected}"/>`;
  bench.answers.set('crm_mon', {
    stdout: `<pacemaker-result api-version="2.25"><nodes>${row('node1', true, false, true)}${row('node2', online, unclean, expectedUp)}</nodes><status code="0" message="OK"/></pacemaker-result>`,
  });
  bench.answers.set('stonith_admin', {
    stdout: `<pacemaker-result api-version="2.25"><list name="fencing history" count="${events.length}">${events.join('')}</list><status code="0" message="OK"/></pacemaker-result>`,
  });
  bench.answers.set('getent hosts node2', { stdout: '192.168.1.2     node2.example.org node2\n' });
}

const event = (minutes: number, status = 'success', action = 'reboot', target = 'node2') =>
  `<fence_event status="${status}" action="${action}" target="${target}" client="c" origin="node1" completed="${new Date(
    now + minutes * minute,
  )
    .toISOString()
    .replace('T', ' ')}"/>`;

describe.each(allToolstacks)('with %s, a lock of another host', (toolstack) => {
  it('refuses a start, and names the host, the process and the way out', async () => {
    const bench = vmwareBench(toolstack);
    const lock = bench.lock(foreign);
    cluster(bench, { online: true, expectedUp: true });
    const { exit, reason, ms } = await bench.run('start');
    expect([exit, bench.vm.power, existsSync(lock)]).toEqual([1, 'off', true]);
    expect(reason).toContain('vm 01.vmx is locked by process 4242 vmware-vmx of node node2, which is online');
    expect(reason).toContain(lock);
    expect(ms).toBeLessThan(12_000);
  });

  it('is removed when Pacemaker says that its node was fenced after it was written', async () => {
    const bench = vmwareBench(toolstack);
    const lock = bench.lock(foreign);
    cluster(bench, {}, [event(-60), event(1)]);
    const { exit, stderr, ms } = await bench.run('start');
    expect([exit, bench.vm.power, existsSync(lock)]).toEqual([0, 'on', false]);
    expect(stderr).toContain(`${lock} is removed`);
    expect(ms).toBeLessThan(5000);
  });

  it('of a node that was fenced and is back has no owner either', async () => {
    const bench = vmwareBench(toolstack);
    const lock = bench.lock(foreign);
    cluster(bench, { online: true, expectedUp: true }, [event(1)]);
    expect((await bench.run('start')).exit).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it('that goes away while it is waited for is no obstacle', async () => {
    const bench = vmwareBench(toolstack);
    const lock = bench.lock(foreign);
    cluster(bench, { online: true, expectedUp: true });
    let asked = 0;
    bench.hooks.set('crm_mon', () => {
      asked += 1;
      if (asked === 5) rmSync(lock);
    });
    expect((await bench.run('start')).exit).toBe(0);
  });
});

describe('the lock of another host stays', () => {
  const stays: Record<string, (bench: VmwareBench) => Record<string, string> | undefined> = {
    'while its node is lost and not fenced': (bench) => void cluster(bench, { unclean: true, expectedUp: true }),
    'while its node is being fenced': (bench) => void cluster(bench, {}, [event(1), event(2, 'pending')]),
    'when the fencing failed': (bench) => void cluster(bench, {}, [event(1, 'failed')]),
    'when it is younger than the fencing': (bench) => void cluster(bench, {}, [event(-1)]),
    'when another node was fenced': (bench) => void cluster(bench, {}, [event(1, 'success', 'reboot', 'node3')]),
    'when the node was only switched on': (bench) => void cluster(bench, {}, [event(1, 'success', 'on')]),
    'when the time of the fencing is not understood': (bench) =>
      void cluster(bench, {}, [event(1).replace(/completed="[^"]*"/, 'completed="yesterday"')]),
    'when the node left in good order, and only fencing counts': (bench) => void cluster(bench, {}),
    'when the node left in good order and is back': (bench) => {
      cluster(bench, { online: true, expectedUp: true });
      return { OCF_RESKEY_lock_policy: 'fenced-or-stopped' };
    },
    'when the node is lost, whatever stopping counts': (bench) => {
      cluster(bench, { expectedUp: true });
      return { OCF_RESKEY_lock_policy: 'fenced-or-stopped' };
    },
    'when the policy is to keep it': (bench) => {
      cluster(bench, {}, [event(1)]);
      return { OCF_RESKEY_lock_policy: 'keep' };
    },
    'when there is no cluster': (bench) =>
      void bench.answers.set('crm_mon', { code: 102, stdout: '<pacemaker-result/>\n' }),
    'when the fencing history is not told': (bench) => {
      cluster(bench, {}, [event(1)]);
      bench.answers.set('stonith_admin', { code: 102, stderr: 'Could not connect to fencer\n' });
      return undefined;
    },
    "when Pacemaker's answer is garbage": (bench) => {
      cluster(bench, {}, [event(1)]);
      bench.answers.set('crm_mon', { stdout: '<pacemaker' });
      return undefined;
    },
    'when it is of a host outside the cluster': (bench) => {
      cluster(bench, {}, [event(1)]);
      bench.lock({ ...foreign, machineId: machineIdOf('stranger', undefined) });
      return undefined;
    },
    'when it is of another operating system': (bench) => {
      cluster(bench, {}, [event(1)]);
      bench.lock({ ...foreign, machineId: 'uuid=00-11-22-33-44-55-66-77-88-99-aa-bb-cc-dd-ee-ff' });
      return undefined;
    },
    'when two nodes have the name that wrote it': (bench) => {
      cluster(bench, {}, [event(1)]);
      bench.answers.set('getent hosts node1', { stdout: '192.168.1.2 node2.example.org node1\n' });
      return undefined;
    },
    'when it cannot be read': (bench) => {
      cluster(bench, {}, [event(1)]);
      writeFileSync(join(`${bench.vmxpath}.lck`, 'M00007.lck'), 'short');
      return undefined;
    },
  };

  it.each(Object.entries(stays))('%s', async (_, arrange) => {
    const bench = vmwareBench('vmware-cmd');
    const lock = bench.lock(foreign);
    const env = arrange(bench) ?? {};
    for (const action of ['start', 'stop', 'monitor', 'migrate_from']) {
      const { exit } = await bench.run(action, env);
      expect(exit).toBe({ start: 1, stop: 0, monitor: 7, migrate_from: 1 }[action]);
      expect([existsSync(lock), bench.vm.power]).toEqual([true, 'off']);
    }
  });

  it('when it is taken anew under its name while it is judged', async () => {
    const bench = vmwareBench('vmware-cmd');
    const lock = bench.lock(foreign);
    cluster(bench, {}, [event(1)]);
    bench.hooks.set('stonith_admin', () => {
      bench.lock({ ...foreign, pid: 5555, writtenMs: now + 2 * minute });
    });
    expect((await bench.run('start')).exit).toBe(1);
    expect(existsSync(lock)).toBe(true);
  });
});

describe('further locks', () => {
  it('of a node that left in good order is removed where lock_policy says so', async () => {
    const bench = vmwareBench('vmware-cmd');
    bench.lock(foreign);
    cluster(bench, {});
    expect((await bench.run('start', { OCF_RESKEY_lock_policy: 'fenced-or-stopped' })).exit).toBe(0);
  });

  it('of a disk in another folder counts', async () => {
    const bench = vmwareBench('vmware-cmd');
    writeFileSync(bench.vmxpath, 'scsi0:0.fileName = "../disks/a disk.vmdk"\n');
    const lock = bench.lock(foreign);
    const folder = join(dirname(bench.vmxpath), '../disks/a disk.vmdk.lck');
    mkdirSync(folder, { recursive: true });
    renameSync(lock, join(folder, 'M00007.lck'));
    cluster(bench, { online: true });
    const { exit, reason } = await bench.run('start');
    expect(exit).toBe(1);
    expect(reason).toContain('a disk.vmdk is locked by');
  });

  it.each([
    ['a member', (lock: string) => mkdirSync(lock)],
    ['a folder', (lock: string) => symlinkSync('loop.lck', join(dirname(dirname(lock)), 'loop.lck'))],
  ])('that cannot be read (%s) may be held, and stays', async (_, arrange) => {
    const bench = vmwareBench('vmware-cmd');
    const lock = bench.lock(foreign);
    rmSync(lock);
    arrange(lock);
    cluster(bench, {}, [event(1)]);
    const { exit, reason } = await bench.run('start');
    expect([exit, bench.vm.power]).toEqual([1, 'off']);
    expect(reason).toContain('is locked by an owner that cannot be read and may be held by a living one');
    expect((await bench.run('stop')).exit).toBe(0);
  });

  it('of an older product is judged by VMware alone, and named when VMware finds it in use', async () => {
    const bench = vmwareBench('vmrun');
    const lock = `${bench.vmxpath}.WRITELOCK`;
    writeFileSync(lock, 'whatever');
    bench.answers.set('vmrun -T ws start', { code: 255, stdout: 'Error: The file is already in use\n' });
    const { exit, reason } = await bench.run('start');
    expect([exit, existsSync(lock)]).toEqual([1, true]);
    expect(reason).toContain('look at vm 01.vmx.WRITELOCK');
    bench.answers.clear();
    expect((await bench.run('start')).exit).toBe(0);
    expect(existsSync(lock)).toBe(true);
  });

  it('of this host, whose process is dead, is no obstacle to a start, and is removed by a stop', async () => {
    const bench = vmwareBench('vmware-cmd');
    const [machineId = ''] = machineIdsOf([hostname()]);
    const lock = bench.lock({ machineId, pid: 4242, name: 'M00009.lck' });
    const foreignLock = bench.lock(foreign);
    const { exit, stderr } = await bench.run('stop');
    expect([exit, existsSync(lock), existsSync(foreignLock)]).toEqual([0, false, true]);
    expect(stderr).toContain('process 4242 on this node is dead');
  });

  it('of this host, whose process id another process has now, is one of a dead process', async () => {
    const bench = vmwareBench('vmware-cmd');
    const [machineId = ''] = machineIdsOf([hostname()]);
    const lock = bench.lock({ machineId, pid: 4242, startTicks: 1000, name: 'M00009.lck' });
    bench.processes.push({ pid: 4242, parent: 1, args: ['sleep'], output: '', startTicks: 2000 });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  it('of this host, whose process may live, stays', async () => {
    const bench = vmwareBench('vmware-cmd');
    const [machineId = ''] = machineIdsOf([hostname()]);
    const lock = bench.lock({ machineId, pid: 4242, startTicks: 0, name: 'M00009.lck' });
    bench.processes.push({ pid: 4242, parent: 1, args: ['vmware'], output: '', startTicks: 2000 });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(existsSync(lock)).toBe(true);
  });
});

describe.each(allToolstacks)('with %s, two nodes that start the same VM', (toolstack) => {
  it('at once: one wins', async () => {
    const first = vmwareBench(toolstack);
    const second = first.other();
    const exits = (await Promise.all([first.run('start'), second.run('start')])).map(({ exit }) => exit);
    expect(exits.toSorted()).toEqual([0, 1]);
    expect([first.vm.power, second.vm.power].toSorted()).toEqual(['off', 'on']);
  });
});
