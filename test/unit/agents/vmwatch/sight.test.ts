import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KnownVm } from '../../../../agents/vmwatch/known-vms.ts';
import { lookerOf } from '../../../../agents/vmwatch/sight.ts';
import { type Process, processes } from '../../../../lib/system/process-table.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { readRecording } from '../../../sim/control.ts';
import { keeper } from '../../../support/xen-agent.ts';

const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
const row = (name: string, id: number, state: string, vcpus = 1) =>
  `${name.padEnd(40)} ${String(id).padStart(5)}   128 ${String(vcpus).padStart(5)}     ${state}       1.0\n`;
const list = (...rows: string[]): RunResult => ({
  outcome: 'exited',
  code: 0,
  stdout: header + row('Domain-0', 0, 'r-----') + rows.join(''),
  stderr: '',
});

const vm01: KnownVm = { resource: 'vm01', kind: 'Xen', facts: { name: 'vm01', xmfile: '/vm01.cfg', id: 5 } };

async function sightOf(answer: RunResult, table: Process[] = [], vm = vm01) {
  let lists = 0;
  const looker = lookerOf({
    listDomains: async () => {
      lists += 1;
      return answer;
    },
    processes: () => table,
  });
  const sights = await looker.look([vm, { ...vm01, resource: 'again' }]);
  expect(lists).toBe(1);
  return sights.get('vm01');
}

describe('a domain', () => {
  it.each([
    ['lives', 'runs', list(row('vm01', 5, '-b----')), []],
    ['lives', 'is paused', list(row('vm01', 5, '--p---')), []],
    ['dead', 'is not in the list', list(row('vm02', 6, '-b----')), []],
    ['passing', 'reboots: its xl lives', list(), [keeper('/vm01.cfg')]],
    ['passing', 'is being taken apart', list(row('(null)', 5, '--ps-d')), []],
    ['passing', 'has powered off and is cleared away', list(row('vm01', 5, '---s--')), [keeper('/vm01.cfg')]],
    ['dead', 'has powered off and is preserved', list(row('vm01', 5, '---s--')), []],
    ['dead', 'has crashed and is preserved', list(row('vm01', 5, '---sc-')), []],
    ['unclear', 'was left suspended', list(row('vm01', 5, '---ss-')), []],
    ['unclear', 'was left behind by a migration', list(row('vm01--migratedaway', 5, '---ss-')), []],
    ['unclear', 'may be one without a name', list(row('(null)', 9, '--p---')), []],
  ] as const)('%s when it %s', async (kind, _, answer, table) => {
    expect((await sightOf(answer, [...table]))?.kind).toBe(kind);
  });

  it.each([
    { outcome: 'timed-out' as const, code: -1, stdout: '', stderr: '' },
    { outcome: 'missing' as const, code: -1, stdout: '', stderr: '' },
    { outcome: 'exited' as const, code: 0, stdout: '', stderr: '' },
    { outcome: 'exited' as const, code: 0, stdout: header, stderr: '' },
    { outcome: 'exited' as const, code: 0, stdout: header + row('(null)', 0, 'r-----'), stderr: '' },
    { outcome: 'exited' as const, ...recorded('xl-4.17-list-absent') },
  ])('is never dead by an answer such as %j', async (answer) => {
    expect((await sightOf(answer))?.kind).toBe('unclear');
  });
});

function recorded(name: string) {
  const { stdout, stderr, exit } = readRecording(name);
  return { code: exit, stdout, stderr };
}

describe('a VM of VMware', () => {
  const vm: KnownVm = {
    resource: 'vm01',
    kind: 'VMware',
    facts: { vmxpath: '/vms/vm01.vmx', toolstack: 'vmrun' },
  };

  it('is dead when the process that was seen to be it has ended', async () => {
    const child = spawn('sleep', ['60'], { argv0: '/usr/lib/vmware/bin/vmware-vmx' });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    const own = { pid: child.pid ?? 0, parent: 1, args: ['vmware-vmx', '/vms/vm01.vmx'], output: '' };
    const table = [own];
    const looker = lookerOf({ listDomains: () => Promise.reject(new Error('there is no xl')), processes: () => table });
    const look = async () => (await looker.look([vm])).get('vm01');
    expect(await look()).toEqual({ kind: 'lives', id: child.pid });
    expect(looker.vmwareProcesses()).toEqual([expect.objectContaining({ pid: child.pid })]);
    child.kill('SIGKILL');
    await once(child, 'exit');
    table.pop();
    expect(await look()).toMatchObject({ kind: 'dead' });
    table.push({ ...own, args: ['vmrun', 'start', '/vms/vm01.vmx'] });
    expect(await look()).toEqual({ kind: 'passing' });
    await looker.look([]);
    expect(looker.vmwareProcesses()).toEqual([]);
  });

  it('is not dead because its process was never seen', async () => {
    const looker = lookerOf({ listDomains: () => Promise.reject(new Error('there is no xl')), processes });
    expect((await looker.look([vm])).get('vm01')).toEqual({ kind: 'unclear' });
  });
});
