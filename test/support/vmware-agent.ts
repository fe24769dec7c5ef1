import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { vmware as agent } from '../../agents/vmware/agent.ts';
import { dispatch } from '../../lib/agent/dispatch.ts';
import type { Toolstack } from '../../lib/hypervisor/vmware/toolstack.ts';
import { fakeClock } from './fake-clock.ts';
import { type FakeVmware, fakeVmware } from './fake-vmware.ts';
import type { Outcome } from './xen-agent.ts';

/** The agent on a fake host. */
export interface VmwareBench extends FakeVmware {
  readonly folder: string;
  /** Runs an action and returns what Pacemaker sees of it. */
  run(action: string, env?: Record<string, string>): Promise<Outcome>;
  /** The same VM, folder and cluster, seen from another host. */
  other(toolstack?: Toolstack): VmwareBench;
}

export const allToolstacks = ['vmware-cmd', 'vmware-vim-cmd', 'vmrun'] as const;

/** A fake host with the VM `vm01` configured, not registered and not running. */
export function vmwareBench(toolstack: Toolstack, path = 'my vms/vm 01.vmx'): VmwareBench {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const vmxpath = join(folder, path);
  mkdirSync(join(vmxpath, '..'), { recursive: true });
  writeFileSync(vmxpath, '#!/usr/bin/vmware\nconfig.version = "8"\ndisplayName = "vm 01"\nuuid.action = "keep"\n', {
    mode: 0o755,
  });
  return benchOn(toolstack, folder, vmxpath, 'run');
}

function benchOn(toolstack: Toolstack, folder: string, vmxpath: string, runFolder: string): VmwareBench {
  const clock = fakeClock();
  const fake = fakeVmware(toolstack, vmxpath, clock, runFolder === 'run' ? 'M00001.lck' : 'M00002.lck');
  const run = async (action: string, env: Record<string, string> = {}): Promise<Outcome> => {
    let stderr = '';
    const from = clock.now();
    const timeout = Number(env['OCF_RESKEY_CRM_meta_timeout'] ?? 60_000);
    // Every action's clock begins at 0, as that of a fresh process does.
    const actionClock = { now: () => clock.now() - from, sleep: (ms: number) => clock.sleep(ms) };
    const answer = dispatch(agent, {
      args: [action],
      env: {
        OCF_RESOURCE_INSTANCE: 'vm01',
        OCF_RESKEY_vmxpath: vmxpath,
        OCF_RESKEY_toolstack: toolstack,
        OCF_RESKEY_CRM_meta_timeout: String(timeout),
        ...(action === 'monitor' ? { OCF_RESKEY_CRM_meta_interval: '10000' } : {}),
        ...env,
      },
      runner: fake.runner,
      clock: actionClock,
      runFolder: join(folder, runFolder),
      logFolder: join(folder, 'log'),
      ownCommand: ['ocf-virt'],
      processes: () => fake.processes,
      isAlive: (pid) => fake.processes.some((process) => process.pid === pid),
      signal: (pid, signal) => {
        fake.killed.push([pid, signal]);
        const at = fake.processes.findIndex((process) => process.pid === pid);
        if (at >= 0) fake.processes.splice(at, 1);
        // The lock of a killed process stays, and its VM is off.
        if (at >= 0) Object.assign(fake.vm, { power: 'off', pending: undefined });
        return at >= 0;
      },
      out: () => {},
      err: (text) => {
        stderr += text;
      },
    });
    const exit = await answer;
    const reasons = stderr.split('\n').filter((line) => line.startsWith('ocf-exit-reason:'));
    return {
      exit,
      reason: reasons[0]?.slice('ocf-exit-reason:'.length),
      reasons: reasons.length,
      stderr,
      ms: clock.now() - from,
      isAtOnce: !(answer instanceof Promise),
    };
  };
  const other = (another = toolstack) => benchOn(another, folder, vmxpath, `${runFolder}-other`);
  return { ...fake, folder, run, other };
}
