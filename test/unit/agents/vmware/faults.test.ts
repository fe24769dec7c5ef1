import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../support/fake-xen.ts';
import { allToolstacks, type VmwareBench, vmwareBench } from '../../../support/vmware-agent.ts';

const faults: Record<string, Fault> = {
  missing: { outcome: 'missing', code: -1 },
  'not executable': { outcome: 'denied', code: -1 },
  hanging: 'hang',
  'exit 1 without a word': { code: 1 },
  'exit 0 without a word': { code: 0 },
  'exit 11 without a word': { code: 11 },
  'a word of "not registered" with exit 0': { stderr: 'VMControl error -11: No such virtual machine\n' },
  garbage: { stdout: '\u0000\u0001\u00ff\u00fe garbage\n' },
  'garbage and exit 1': { code: 1, stderr: '\u00ff\u00fe\n' },
  'the answer of another tool': { stdout: ' Id   Name   State\n----\n' },
  'killed by a signal': { outcome: 'killed', code: -1 },
  'an endless answer': { outcome: 'flooded', code: -1, stdout: 'y\n'.repeat(1000) },
  'segmentation fault': { code: 139, stderr: 'Segmentation fault\n' },
  'authd is down': {
    code: 14,
    stderr:
      '/usr/bin/vmware-cmd: Could not connect to vmware-authd\n  (VMControl error -14: Unexpected response from vmware-authd: x)\n',
  },
  'serverd times out': { code: 7, stderr: 'VMControl error -7: Timeout\n' },
  'a state that nobody knows': { stdout: 'getstate() = frozen\n' },
  'a state that is cut off': { stdout: 'getstate() = ' },
  'hostd is down': { stdout: 'Failed to login: Connection reset by peer\n' },
  'hostd is down, exit 1': { code: 1, stderr: 'Failed to login: Connection reset by peer\n' },
  'hostd is out of memory': {
    code: 134,
    stderr: "terminate called after throwing an instance of 'std::bad_alloc'\nAborted\n",
  },
  'a fault that nobody knows': { stdout: '(vmodl.fault.SystemError) {\n  msg = "",\n}\n' },
  'an inventory without its header': { stdout: '16     vm   [standard] a/a.vmx   otherGuest   vmx-07\n' },
  'an inventory that is cut off': { stdout: 'Vmid   Name   File   Guest OS   Version   Annotation\n16     vm' },
  'a header that is cut off': { stdout: 'Vmid   Name   File   Guest OS' },
  'no host to connect to': { code: 255, stdout: 'Unable to connect to host.\nError: The operation was canceled\n' },
  'an error with exit 0': { stdout: 'Error: The operation was canceled\n' },
  'a list with too few paths': { stdout: 'Total running VMs: 2\n/vms/a.vmx\n' },
  'a list with too many paths': { stdout: 'Total running VMs: 0\n/vms/a.vmx\n' },
  'a list without its number': { stdout: 'Total running VMs: \n' },
  'a localized error': { code: 255, stdout: 'Error: 操作已取消\n' },
};

const worlds: Record<string, (bench: VmwareBench) => void> = {
  'the VM runs': (bench) => {
    bench.vm.registered = true;
    bench.powerOn();
  },
  'the VM is not there': () => {},
};

const actions = [
  ['probe', 'monitor', { OCF_RESKEY_CRM_meta_interval: '0' }],
  ['monitor', 'monitor', {}],
  ['stop', 'stop', {}],
  ['start', 'start', {}],
  ['migrate_from', 'migrate_from', {}],
  ['migrate_to', 'migrate_to', { OCF_RESKEY_CRM_meta_migrate_target: 'node2' }],
] as const;

describe.each(allToolstacks)('with %s', (toolstack) => {
  describe.each(Object.entries(worlds))('while %s', (_, arrange) => {
    describe.each(Object.entries(faults))('and the toolstack gives: %s', (_title, fault) => {
      it.each(actions)('%s neither says that the VM is stopped nor that all is well', async (_name, action, env) => {
        const bench = vmwareBench(toolstack);
        arrange(bench);
        const foreign = bench.lock({ machineId: 'AAAAAAAAAAAAAAAA', pid: 1, name: 'M00007.lck' });
        bench.faults.set(toolstack, fault);
        const { exit, reasons, ms } = await bench.run(action, { OCF_RESKEY_CRM_meta_timeout: '30000', ...env });
        expect([1, 5, 190]).toContain(exit);
        expect(reasons).toBe(1);
        expect(ms).toBeLessThanOrEqual(30_000);
        expect(existsSync(foreign)).toBe(true);
        expect(bench.killed).toEqual([]);
        expect(bench.calls.filter((call) => /start|stop|suspend|power\.|register/.test(call))).toEqual([]);
      });
    });
  });

  it.each(actions)(
    '%s says "not installed", or fails, where no toolstack is installed at all',
    async (_, action, env) => {
      const bench = vmwareBench(toolstack);
      bench.faults.set(toolstack, { outcome: 'missing', code: -1 });
      const { exit, reasons, ms } = await bench.run(action, { OCF_RESKEY_toolstack: 'auto', ...env });
      expect([1, 5]).toContain(exit);
      expect(reasons).toBe(1);
      expect(ms).toBeLessThan(2000);
    },
  );
});

describe('a toolstack that does not answer', () => {
  const outage = (bench: VmwareBench) => bench.faults.set(bench.toolstack, { code: 1, stderr: 'no answer\n' });

  it('is tolerated as degraded while the VM shows another sign of life, and then is a failure', async () => {
    const bench = vmwareBench('vmware-cmd');
    worlds['the VM runs']?.(bench);
    expect((await bench.run('monitor')).exit).toBe(0);
    outage(bench);
    const env = { OCF_RESKEY_unknown_tolerance: '2' };
    const seen = [await bench.run('monitor', env), await bench.run('monitor', env), await bench.run('monitor', env)];
    expect(seen.map(({ exit }) => exit)).toEqual([190, 190, 1]);
    expect(seen[1]?.reason).toContain('its process 4711 (vmware-vmx) lives; unanswered monitor 2, 2 tolerated');
    bench.faults.clear();
    expect((await bench.run('monitor', env)).stderr).toContain('answers again after 3');
  });

  it('is corroborated by a lock where no process shows the path of the VM', async () => {
    const bench = vmwareBench('vmware-vim-cmd');
    worlds['the VM runs']?.(bench);
    bench.processes.splice(0, 1, {
      pid: 4711,
      parent: 1,
      args: ['/usr/lib/vmware/bin/vmware-vmx', '-x'],
      output: '',
      startTicks: 1000,
    });
    outage(bench);
    const { exit, reason } = await bench.run('monitor');
    expect(exit).toBe(190);
    expect(reason).toContain('process 4711 holds the lock of vm 01.vmx');
  });

  it('is asked no longer than toolstack_timeout', async () => {
    const bench = vmwareBench('vmrun');
    outage(bench);
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_toolstack_timeout: '5' });
    expect(exit).toBe(1);
    expect(ms).toBeGreaterThan(4000);
    expect(ms).toBeLessThan(8000);
  });

  it('that hangs does not use up the time for a second question', async () => {
    const bench = vmwareBench('vmware-cmd');
    worlds['the VM runs']?.(bench);
    bench.faults.set('vmware-cmd', 'hang');
    let asked = 0;
    bench.hooks.set('vmware-cmd', () => {
      asked += 1;
      if (asked === 2) bench.faults.clear();
    });
    expect((await bench.run('monitor')).exit).toBe(0);
  });
});
