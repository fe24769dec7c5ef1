import { describe, expect, it } from 'vitest';
import { states } from '../../../../agents/vmware/states.ts';
import type { VmwareStateKind } from '../../../../lib/hypervisor/vmware/vmware-state.ts';
import type { FakeQuestion } from '../../../support/fake-vmware.ts';
import { allToolstacks, type VmwareBench, vmwareBench } from '../../../support/vmware-agent.ts';

const strange: FakeQuestion = {
  message: 'msg.strange',
  text: 'Is this right?',
  labels: ['OK', 'Cancel'],
  goesOnWith: ['OK'],
};

/** Puts the VM into a state that lasts, whatever time passes. */
const lasting: Record<VmwareStateKind, (bench: VmwareBench) => void> = {
  running: (bench) => {
    bench.vm.registered = true;
    bench.powerOn();
  },
  asking: (bench) => Object.assign(bench.vm, { registered: true, pending: strange, power: 'off' }),
  suspended: (bench) => {
    Object.assign(bench.vm, { registered: true });
    suspend(bench);
  },
  off: () => {},
  lingering: (bench) => {
    const args = ['/usr/lib/vmware/bin/vmware-vmx', '-#', 'product=1', bench.vmxpath];
    bench.processes.push({ pid: 4711, parent: 1, args, output: '', startTicks: 1000 });
  },
  unknown: (bench) => bench.faults.set(bench.toolstack, { code: 1, stderr: 'no answer\n' }),
};

function suspend(bench: VmwareBench): void {
  bench.powerOn();
  bench.processes.length = 0;
  bench.vm.power = 'suspended';
  bench.suspendFiles();
}

describe.each(allToolstacks)('with %s', (toolstack) => {
  // vmrun does not tell a question from anything else.
  const kinds = Object.entries(lasting).filter(([kind]) => toolstack !== 'vmrun' || kind !== 'asking');

  describe.each(kinds)('a VM that is %s', (kind, arrange) => {
    const row = states[kind as VmwareStateKind];

    it.each(['monitor', 'start', 'stop', 'migrate_to', 'migrate_from'] as const)(
      'is answered by %s as the table of states says',
      async (action) => {
        const bench = vmwareBench(toolstack);
        arrange(bench);
        const { exit, reasons } = await bench.run(action, {
          OCF_RESKEY_CRM_meta_migrate_target: 'node2',
          OCF_RESKEY_CRM_meta_migrate_source: 'node2',
        });
        expect(exit).toBe(row[action]);
        expect(reasons).toBe(exit === 0 || (exit === 7 && action === 'monitor') ? 0 : 1);
      },
    );

    it('is told by a probe, with no answer given to any question', async () => {
      const bench = vmwareBench(toolstack);
      arrange(bench);
      const { exit } = await bench.run('monitor', { OCF_RESKEY_CRM_meta_interval: '0' });
      expect(exit).toBe(row.monitor);
      expect(bench.vm.answered).toEqual([]);
    });
  });
});

it('a monitor of a VM that runs is one call of the toolstack', async () => {
  for (const toolstack of allToolstacks) {
    const bench = vmwareBench(toolstack);
    lasting.running(bench);
    expect((await bench.run('monitor')).exit).toBe(0);
    bench.calls.length = 0;
    expect((await bench.run('monitor', { OCF_RESKEY_toolstack: 'auto' })).exit).toBe(0);
    expect(bench.calls).toHaveLength(1);
  }
});

it('the toolstack that is installed is found', async () => {
  for (const toolstack of allToolstacks) {
    const bench = vmwareBench(toolstack);
    lasting.running(bench);
    expect((await bench.run('monitor', { OCF_RESKEY_toolstack: 'auto' })).exit).toBe(0);
  }
});
