import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { knownVm, knownVms } from '../../../../agents/vmwatch/known-vms.ts';
import { fileMemory } from '../../../../lib/system/memory.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-known-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

it('the VMs that the agents remember are known, whatever their resources are called', () => {
  fileMemory('Xen-vm.01 ü/x', folder).write({ name: 'vm01' });
  fileMemory('VMware-db', folder).write({ vmxpath: '/vms/db.vmx' });
  const known = knownVms(folder);
  expect(known).toHaveLength(2);
  expect(known).toContainEqual({ resource: 'vm.01 ü/x', kind: 'Xen', facts: { name: 'vm01' } });
  expect(known).toContainEqual({ resource: 'db', kind: 'VMware', facts: { vmxpath: '/vms/db.vmx' } });
  for (const vm of known) expect(knownVm(vm, folder)).toEqual(vm);
});

it('a VM that an agent has forgotten is known no more', () => {
  const memory = fileMemory('Xen-vm01', folder);
  memory.write({ name: 'vm01' });
  const [vm] = knownVms(folder);
  memory.forget();
  expect(vm && knownVm(vm, folder)).toBeUndefined();
  expect(knownVms(folder)).toEqual([]);
  expect(knownVms(join(folder, 'missing'))).toEqual([]);
});

it('other files, and those that say nothing of a VM, are passed over', () => {
  for (const stray of ['vmwatch.pid', 'Xen-50%.json', 'VMware-%E0%A4%A.json', 'Xen-.json'])
    writeFileSync(join(folder, stray), '{"name": "vm01", "vmxpath": "/vms/a.vmx"}');
  writeFileSync(join(folder, 'Xen-vm01.json'), '{"name": 7}');
  writeFileSync(join(folder, 'VMware-vm02.json'), 'half a li');
  expect(knownVms(folder)).toEqual([]);
});
