import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import { clearFault, runOn, type SimHost, setFault } from '../sim/control.ts';
import type { Fault } from '../sim/faults.ts';
import {
  binWith,
  createVmwareHost,
  locksOf,
  plantLock,
  removeVmwareHost,
  vmProcesses,
  writeVm,
} from '../sim/vmware/control.ts';
import { builtAgent, type Form } from '../support/installed.ts';
import { faultyActions, toolFaults } from '../support/tool-faults.ts';

const faults: Readonly<Record<string, Fault>> = {
  ...toolFaults,
  'prints the beginning of its answer': { kind: 'truncated', bytes: 12 },
};

/** The forms differ in how they start programs, not in what they make of an answer: one toolstack is enough for the other. */
const subjects: readonly (readonly [Form, 'vmware-cmd' | 'vmware-vim-cmd' | 'vmrun'])[] = [
  ['native', 'vmware-cmd'],
  ['native', 'vmware-vim-cmd'],
  ['native', 'vmrun'],
  ['node', 'vmware-vim-cmd'],
];

const bins = new Map<string, string>();
beforeAll(async () => {
  await buildSim('.cache/sim');
  for (const toolstack of new Set(subjects.map(([, one]) => one))) bins.set(toolstack, binWith(sim, toolstack));
});
afterAll(() => {
  for (const bin of bins.values()) rmSync(bin, { recursive: true });
});

const sim = `${process.cwd()}/.cache/sim`;
let counter = 0;

async function runAgent(
  form: Form,
  host: SimHost,
  vmx: string,
  toolstack: string,
  [action, interval]: readonly string[],
) {
  counter += 1;
  const env = {
    ...host.env,
    OCF_RESOURCE_INSTANCE: `vmware-faults-${process.pid}-${counter}`,
    OCF_RESKEY_vmxpath: vmx,
    OCF_RESKEY_toolstack: toolstack,
    OCF_RESKEY_CRM_meta_timeout: '1500',
    OCF_RESKEY_CRM_meta_interval: interval,
    OCF_RESKEY_CRM_meta_migrate_target: 'node2',
    OCF_RESKEY_CRM_meta_migrate_source: 'node2',
  };
  return runOn({ ...host, env }, builtAgent(form, 'VMware'), action ?? '');
}

const cases = Object.entries(faults).flatMap(([title, fault]) =>
  Object.entries(faultyActions).map(([name, action]) => ({ title, fault, name, action })),
);

describe.each(subjects)('the %s form with %s', (form, toolstack) => {
  describe.each([true, false])('on a host where the VM runs: %s', (running) => {
    it.concurrent.each(cases)(
      'when the tool $title, $name says neither "stopped" nor that all is well, and leaves VM and locks alone',
      async ({ fault, action }) => {
        const shared = mkdtempSync(join(tmpdir(), 'ocf-virt-faults-'));
        const host = createVmwareHost({ bin: bins.get(toolstack) ?? '', name: 'node1', shared });
        try {
          const vmx = writeVm(shared, 'vm', { 'uuid.action': 'keep' });
          // Whoever started it, every tool sees it.
          if (running) expect((await runOn(host, join(sim, 'vmrun'), '-T', 'ws', 'start', vmx)).exit).toBe(0);
          plantLock(join(shared, 'vms/vm/other.vmdk'), { machineName: 'node9' });
          const before = [vmProcesses(host, vmx), locksOf(vmx)];
          setFault(host, toolstack, fault);
          const { exit, stderr } = await runAgent(form, host, vmx, toolstack, action);
          clearFault(host);
          expect([1, 5, 190]).toContain(exit);
          expect(stderr.match(/^ocf-exit-reason:/gm)).toHaveLength(1);
          expect([vmProcesses(host, vmx), locksOf(vmx)]).toEqual(before);
          expect(before[1]).toMatchObject({ 'other.vmdk': ['M00760.lck'] });
        } finally {
          removeVmwareHost(host);
          rmSync(shared, { recursive: true, force: true });
        }
      },
    );
  });
});
