import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allToolstacks, type VmwareBench, vmwareBench } from '../../../support/vmware-agent.ts';

const to = { OCF_RESKEY_CRM_meta_migrate_target: 'node2', OCF_RESKEY_CRM_meta_timeout: '600000' };
const from = { OCF_RESKEY_CRM_meta_migrate_source: 'node1', OCF_RESKEY_CRM_meta_timeout: '600000' };
const running = (bench: VmwareBench) => {
  bench.vm.registered = true;
  bench.powerOn();
};
const done = (bench: VmwareBench, pattern: RegExp) => bench.calls.filter((call) => pattern.test(call));

describe.each(allToolstacks)('with %s', (toolstack) => {
  const hasInventory = toolstack !== 'vmrun';

  it('a VM is started, found running, suspended by its stop, and resumed by its next start', async () => {
    const bench = vmwareBench(toolstack);
    const probe = { OCF_RESKEY_CRM_meta_interval: '0' };
    expect((await bench.run('monitor', probe)).exit).toBe(7);
    expect((await bench.run('start')).exit).toBe(0);
    expect((await bench.run('start')).exit).toBe(0);
    expect((await bench.run('monitor')).exit).toBe(0);
    expect((await bench.run('stop')).exit).toBe(0);
    expect([bench.vm.power, bench.vm.registered]).toEqual(['suspended', false]);
    expect((await bench.run('stop')).exit).toBe(0);
    expect((await bench.run('monitor', probe)).exit).toBe(7);
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.vm.power).toBe('on');
    expect(bench.vm.registered).toBe(hasInventory);
  });

  it('a migration suspends on the source and resumes on the target, each half as often as it is asked for', async () => {
    const source = vmwareBench(toolstack);
    running(source);
    expect((await source.run('migrate_to', to)).exit).toBe(0);
    expect((await source.run('migrate_to', to)).exit).toBe(0);
    expect(source.vm.power).toBe('suspended');
    if (hasInventory) expect(source.vm.registered).toBe(false);
    const target = source.other();
    target.vm.power = hasInventory ? 'suspended' : 'off';
    expect((await target.run('migrate_from', from)).exit).toBe(0);
    expect((await target.run('migrate_from', from)).exit).toBe(0);
    expect(target.vm.power).toBe('on');
    expect((await source.run('stop')).exit).toBe(0);
    expect(target.vm.power).toBe('on');
  });

  it('migrate_from boots nothing where no suspended state arrived', async () => {
    const bench = vmwareBench(toolstack);
    const { exit, reason } = await bench.run('migrate_from', from);
    expect([exit, bench.vm.power]).toEqual([1, 'off']);
    expect(reason).toContain('no suspended state');
  });

  it('a VM that does not suspend goes on running, and migrate_to says why', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    const text = {
      'vmware-cmd': 'VMControl error -999: Unknown error: disk full',
      'vmware-vim-cmd': 'Suspend failed',
      vmrun: 'Error: A file access error occurred',
    }[toolstack];
    for (const call of [
      `vmware-cmd ${bench.vmxpath} suspend`,
      'vmware-vim-cmd vmsvc/power.suspend',
      'vmrun -T ws suspend',
    ])
      bench.answers.set(call, { code: 1, stdout: `${text}\n` });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect([exit, bench.vm.power]).toEqual([1, 'on']);
    expect(reason).toContain('goes on running here');
    expect(reason).toContain(text.replace('Error: ', ''));
  });

  it('a suspend that an earlier action left under way is waited for, and not begun twice', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.operationMs = 50_000;
    expect((await bench.run('migrate_to', { ...to, OCF_RESKEY_CRM_meta_timeout: '20000' })).exit).toBe(1);
    const call = done(bench, /suspend/)[0] ?? '';
    const path = bench.vmxpath;
    bench.processes.push({
      pid: 99,
      parent: 1,
      args: [
        'perl',
        ...call
          .replace(path, '\u0001')
          .split(' ')
          .map((word) => (word === '\u0001' ? path : word)),
      ],
      output: '',
    });
    expect((await bench.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' })).exit).toBe(0);
    expect(done(bench, /suspend/)).toHaveLength(1);
    expect(bench.vm.power).toBe('suspended');
  });

  it('a start that was killed before VMware began is no stopped VM, and does not come up behind a stop', async () => {
    const bench = vmwareBench(toolstack);
    bench.vm.registered = true;
    expect((await bench.run('validate-all', { OCF_CHECK_LEVEL: '10' })).exit).toBe(0);
    const words = {
      'vmware-cmd': [bench.vmxpath, 'start'],
      'vmware-vim-cmd': ['vmsvc/power.on', '16'],
      vmrun: ['-T', 'ws', 'start', bench.vmxpath, 'nogui'],
    };
    const tool = { pid: 500, parent: 1, args: [toolstack, ...words[toolstack]], output: '' };
    bench.processes.push(tool);
    expect((await bench.run('monitor')).exit).toBe(1);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.killed).toEqual([[500, 'SIGKILL']]);
    bench.processes.push(tool);
    let looks = 0;
    bench.hooks.set(toolstack, () => {
      looks += 1;
      if (looks === 10) {
        bench.processes.length = 0;
        running(bench);
      }
    });
    bench.vm.registered = true;
    expect((await bench.run('stop')).exit).toBe(0);
    expect([bench.killed.length, bench.vm.power]).toEqual([1, 'suspended']);
  });

  it('a stop that shuts down powers off a guest that stays, with time to spare', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.tools = 'ignores';
    const { exit, ms } = await bench.run('stop', {
      OCF_RESKEY_stop_method: 'trysoft',
      OCF_RESKEY_CRM_meta_timeout: '90000',
    });
    expect([exit, bench.vm.power]).toEqual([0, 'off']);
    expect(ms).toBeGreaterThan(9000);
    expect(ms).toBeLessThan(70_000);
  });

  it('a guest without VMware Tools is powered off at once, and suspended without its scripts', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.tools = 'none';
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_stop_method: 'trysoft' });
    expect([exit, bench.vm.power]).toEqual([0, 'off']);
    if (toolstack !== 'vmware-vim-cmd') expect(ms).toBeLessThan(3000);
  });

  it('a stop that is soft never powers off', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.tools = 'ignores';
    const { exit, reason } = await bench.run('stop', { OCF_RESKEY_stop_method: 'soft' });
    expect([exit, bench.vm.power, bench.killed]).toEqual([1, 'on', []]);
    expect(reason).toContain('stop_method is soft');
  });

  it('a stop that is hard asks nobody', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_stop_method: 'hard' });
    expect([exit, bench.vm.power]).toEqual([0, 'off']);
    expect(ms).toBeLessThan(2000);
  });

  it('a stop waits for the process that still writes, and is not done before it has ended', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.lingerMs = 20_000;
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' });
    expect([exit, bench.killed, bench.processes]).toEqual([0, [], []]);
    expect(ms).toBeGreaterThan(20_000);
  });

  it('a process that nobody can end is killed in the last part of a stop', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.lingerMs = 1e9;
    const { exit } = await bench.run('stop', { OCF_RESKEY_CRM_meta_timeout: '60000' });
    expect([exit, bench.killed]).toEqual([0, [[4711, 'SIGKILL']]]);
  });

  it('a VM that does not come up is a failed start, with its files as they were', async () => {
    const bench = vmwareBench(toolstack);
    bench.vm.boots = false;
    const before = readFileSync(bench.vmxpath, 'utf8');
    const { exit, reasons, ms } = await bench.run('start');
    expect([exit, reasons]).toEqual([1, 1]);
    expect(ms).toBeLessThan(15_000);
    expect(readFileSync(bench.vmxpath, 'utf8')).toBe(before);
  });

  it('a start without the .vmx file is not tried, and a stop does without it', async () => {
    const bench = vmwareBench(toolstack);
    const env = { OCF_RESKEY_vmxpath: '/nowhere/vm.vmx' };
    expect((await bench.run('start', env)).exit).toBe(5);
    expect((await bench.run('stop', env)).exit).toBe(0);
    expect((await bench.run('monitor', env)).exit).toBe(7);
  });

  it('a monitor with depth 10 wants a sign of life of the tools only where it is told to', async () => {
    const bench = vmwareBench(toolstack);
    running(bench);
    bench.vm.tools = 'none';
    const deep = { OCF_CHECK_LEVEL: '10', OCF_RESKEY_tools_heartbeat: 'true' };
    expect((await bench.run('monitor', { OCF_CHECK_LEVEL: '10' })).exit).toBe(0);
    expect((await bench.run('monitor', { OCF_RESKEY_tools_heartbeat: 'true' })).exit).toBe(0);
    expect((await bench.run('monitor', deep)).exit).toBe(1);
    bench.vm.tools = 'running';
    expect((await bench.run('monitor', deep)).exit).toBe(0);
  });

  it('the services in the guest count', async () => {
    const bench = vmwareBench(toolstack);
    bench.answers.set('/bin/check', { code: 1, stderr: 'web server is down\n' });
    const env = { OCF_RESKEY_monitor_scripts: '/bin/check' };
    running(bench);
    const { exit, reason } = await bench.run('monitor', env);
    expect(exit).toBe(1);
    expect(reason).toContain('web server is down');
    bench.answers.set('/bin/check', { code: 0 });
    expect((await bench.run('monitor', env)).exit).toBe(0);
  });

  it.each([
    "it's here/vm.vmx",
    'say "hi"/vm.vmx',
    'Küche – 台所/v m.vmx',
    '$(reboot)/`reboot`;&.vmx',
    'back\\slash/vm.vmx',
    '-rf/-l.vmx',
    'a.*[x]/(vm)+.vmx',
  ])('the path %j is an argument like any other', async (path) => {
    const bench = vmwareBench(toolstack, path);
    expect((await bench.run('start')).exit).toBe(0);
    expect((await bench.run('monitor')).exit).toBe(0);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.vm.power).toBe('suspended');
  });

  it('validate-all finds what is missing: at level 0 in the parameters, from level 10 on the node', async () => {
    const bench = vmwareBench(toolstack);
    expect((await bench.run('validate-all', { OCF_RESKEY_vmxpath: '' })).exit).toBe(6);
    expect((await bench.run('validate-all', { OCF_RESKEY_vmxpath: '/vms/vm.cfg' })).exit).toBe(6);
    expect((await bench.run('validate-all', { OCF_RESKEY_vmxpath: '/nowhere/vm.vmx' })).exit).toBe(0);
    const level10 = { OCF_CHECK_LEVEL: '10' };
    expect((await bench.run('validate-all', level10)).exit).toBe(0);
    expect((await bench.run('validate-all', { ...level10, OCF_RESKEY_vmxpath: '/nowhere/vm.vmx' })).exit).toBe(5);
    expect((await bench.run('validate-all', { ...level10, OCF_RESKEY_monitor_scripts: '/nowhere/x' })).exit).toBe(5);
    bench.faults.set(toolstack, { outcome: 'missing', code: -1 });
    expect((await bench.run('validate-all', level10)).exit).toBe(5);
  });

  it('reload-agent takes a valid set of parameters', async () => {
    const bench = vmwareBench(toolstack);
    expect((await bench.run('reload-agent')).exit).toBe(0);
    expect((await bench.run('reload-agent', { OCF_RESKEY_stop_method: 'explode' })).exit).toBe(6);
  });
});

describe('the inventory of VMware Server 2', () => {
  it('with two entries of a VM is left with one', async () => {
    const bench = vmwareBench('vmware-vim-cmd');
    Object.assign(bench.vm, { registered: true, twice: true });
    const { exit, stderr } = await bench.run('start');
    expect([exit, bench.vm.twice]).toEqual([0, false]);
    expect(stderr).toContain('registered more than once');
  });

  it('with an invalid entry of the VM takes it anew', async () => {
    const bench = vmwareBench('vmware-vim-cmd');
    bench.vm.invalid = true;
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.calls).toContain('vmware-vim-cmd vmsvc/unregister 48');
  });

  it('that gave the id of the VM to another one is searched again', async () => {
    const bench = vmwareBench('vmware-vim-cmd');
    running(bench);
    expect((await bench.run('monitor')).exit).toBe(0);
    bench.vm.id = 32;
    expect((await bench.run('monitor')).exit).toBe(0);
    expect((await bench.run('monitor')).exit).toBe(0);
  });

  it('that does not let the VM go is asked again, and does not fail a stop', async () => {
    const bench = vmwareBench('vmware-vim-cmd');
    running(bench);
    bench.answers.set('vmware-vim-cmd vmsvc/unregister', { code: 0 });
    let asked = 0;
    bench.hooks.set('vmware-vim-cmd vmsvc/unregister', () => {
      asked += 1;
      if (asked === 3) bench.answers.clear();
    });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.vm.registered).toBe(false);
    running(bench);
    bench.answers.set('vmware-vim-cmd vmsvc/unregister', { code: 1, stdout: 'no\n' });
    bench.hooks.clear();
    const { exit, stderr } = await bench.run('stop');
    expect(exit).toBe(0);
    expect(stderr).toContain('stays registered');
  });
});

it('VMware Server 1 is told what a .vmx file wants that cannot be executed', async () => {
  const bench = vmwareBench('vmware-cmd');
  writeFileSync(bench.vmxpath, 'config.version = "8"\n');
  const { chmodSync } = await import('node:fs');
  chmodSync(bench.vmxpath, 0o600);
  bench.vm.boots = false;
  expect((await bench.run('start')).reason).toContain('Chmod u+x');
});
