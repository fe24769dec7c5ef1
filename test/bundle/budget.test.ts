import { readFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import type { Evaluation } from '../bench/evaluation.ts';
import { runInside } from '../bench/inside.ts';
import { segmentsOf } from '../support/elf.ts';

/**
 * What each action of the native form may take at most: the programs that it executes, the modules that it evaluates, and
 * the KiB of bytecode in the parts of the executable that it loads. Counts, because times are those of one machine. More than
 * this is a decision, to be made here.
 */
const budgets: Readonly<Record<string, { programs: string; modules: number; bytecodeKiB: number }>> = {
  'ocf:virt:Xen monitor': { programs: 'xl', modules: 39, bytecodeKiB: 134 },
  'ocf:virt:Xen probe': { programs: 'xl', modules: 39, bytecodeKiB: 134 },
  'ocf:virt:Xen start': { programs: 'xl cibadmin xl xl', modules: 56, bytecodeKiB: 595 },
  'ocf:virt:Xen stop': { programs: 'xl xl xl xl', modules: 52, bytecodeKiB: 595 },
  'ocf:virt:Xen migrate_to': { programs: 'xl xl xl', modules: 55, bytecodeKiB: 595 },
  'ocf:virt:Xen migrate_from': { programs: 'xl', modules: 49, bytecodeKiB: 595 },
  'ocf:virt:Xen meta-data': { programs: '', modules: 43, bytecodeKiB: 595 },
  'ocf:virt:VMware monitor': { programs: 'vmware-vim-cmd', modules: 56, bytecodeKiB: 229 },
  'ocf:virt:VMware probe': { programs: 'vmware-vim-cmd', modules: 63, bytecodeKiB: 689 },
  'ocf:virt:VMware start': {
    programs:
      'vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd',
    modules: 86,
    bytecodeKiB: 689,
  },
  'ocf:virt:VMware stop': {
    programs:
      'vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd vmware-vim-cmd',
    modules: 87,
    bytecodeKiB: 689,
  },
  'ocf:virt:VMware meta-data': { programs: '', modules: 60, bytecodeKiB: 689 },
};

let found: readonly Evaluation[];
beforeAll(async () => {
  const { stdout } = await runInside('test/bench/counts.ts', [], {}, 'pipe');
  found = JSON.parse(String(stdout));
});

it('has a budget for each action, and each action for a budget', () => {
  expect(found.map(({ action }) => action).sort()).toEqual(Object.keys(budgets).sort());
});

it.each(Object.entries(budgets))('%s keeps within its budget', (name, { programs, modules, bytecodeKiB }) => {
  const one = found.find(({ action }) => action === name);
  expect(one?.programs.join(' ')).toBe(programs);
  expect(one?.modules.length).toBeGreaterThan(30);
  expect(one?.modules.length).toBeLessThanOrEqual(modules);
  expect((one?.bytecode ?? Number.NaN) / 1024).toBeLessThanOrEqual(bytecodeKiB);
});

it('a monitor of a running VM loads no part but that of its agent, and no agent evaluates the code of another one', () => {
  const parts = (action: string) => found.find((one) => one.action === action)?.parts;
  expect(parts('ocf:virt:Xen monitor')).toEqual(['main']);
  expect(parts('ocf:virt:VMware monitor')).toEqual(['main', 'vmware']);
  for (const { action, modules } of found.filter((one) => one.action.startsWith('ocf:virt:Xen')))
    expect([action, modules.filter((module) => /vmware|vmwatch|migration-address/.test(module))]).toEqual([action, []]);
});

it('the executable can be mapped by huge pages', async () => {
  const segments = segmentsOf(await readFile('dist/native/usr/bin/ocf-virt'));
  expect(segments.length).toBeGreaterThan(2);
  for (const { offset, address } of segments) expect((address - offset) % (2 << 20)).toBe(0);
});
