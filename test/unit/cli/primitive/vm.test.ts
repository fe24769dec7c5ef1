import { expect, it } from 'vitest';
import { agents } from '../../../../agents/index.ts';
import { type VmToBe, vmPrimitive } from '../../../../cli/primitive/vm.ts';

const base: VmToBe = {
  id: 'vm01',
  hypervisor: 'xen',
  file: '/vm01.cfg',
  memoryMiB: 1024,
  vcpus: 2,
  addressAttribute: 'ip_livemigration',
  isMigratable: true,
  rate: { mibPerSecond: 30, basis: '' },
  migrationsAtOnce: 1,
  startsAtOnce: 1,
  counted: ['hv_memory', 'cpu'],
};

async function make(changes: Partial<VmToBe> = {}) {
  const vm = { ...base, ...changes };
  const agent = await agents[vm.hypervisor === 'xen' ? 'Xen' : 'VMware']?.();
  const primitive = vmPrimitive(vm, agent?.actions ?? []);
  const timeouts = Object.fromEntries(primitive.operations.map(({ name, timeout }) => [name, timeout]));
  return { ...primitive, timeouts };
}

it('a small VM has the timeouts that its agent advertises', async () => {
  expect((await make()).timeouts).toEqual({ start: 90, stop: 90, monitor: 30, migrate_to: 600, migrate_from: 600 });
});

it('a guest of 32 GB has more than the 18 minutes that it has been seen to take, and more when others migrate', async () => {
  const { timeouts } = await make({ memoryMiB: 32 * 1024 });
  expect(timeouts['migrate_to']).toBeGreaterThan(18 * 60 * 1.1);
  expect((await make({ memoryMiB: 32 * 1024, migrationsAtOnce: 3 })).timeouts['migrate_from']).toBeGreaterThan(
    2.5 * (timeouts['migrate_from'] ?? 0),
  );
});

it('a start waits for the VMs that are built before it', async () => {
  expect((await make({ memoryMiB: 16 * 1024, startsAtOnce: 10 })).timeouts['start']).toBeGreaterThanOrEqual(200);
});

it('it says what it needs, but only what is counted and known', async () => {
  expect((await make()).utilization).toEqual({ hv_memory: '1024', cpu: '2' });
  expect((await make({ counted: ['cpu'] })).utilization).toEqual({ cpu: '2' });
  expect((await make({ memoryMiB: undefined })).utilization).toEqual({ cpu: '2' });
});

it('a VM that cannot migrate live has no migration, and no address for it', async () => {
  const { timeouts, meta, parameters } = await make({ isMigratable: false });
  expect(Object.keys(timeouts)).toEqual(['start', 'stop', 'monitor']);
  expect(meta['allow-migrate']).toBe('false');
  expect(parameters).toEqual({ xmfile: '/vm01.cfg' });
});

it('a VM of VMware writes its memory at a stop and reads it at a start', async () => {
  const { timeouts, parameters } = await make({ hypervisor: 'vmware', file: '/vm.vmx', memoryMiB: 32 * 1024 });
  expect(parameters).toEqual({ vmxpath: '/vm.vmx' });
  expect(timeouts['stop']).toBeGreaterThan(1000);
  expect(timeouts['start']).toBeGreaterThan(1000);
});
