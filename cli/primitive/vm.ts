import type { Action } from '../../lib/agent/define.ts';
import type { MigrationRate } from '../migration-rate.ts';
import { migrationTimeout } from '../migration-rate.ts';
import { startTimeout } from '../start-time.ts';
import type { Operation, Primitive } from './design.ts';

/** What is known of a VM that is to become a resource. */
export interface VmToBe {
  readonly id: string;
  readonly hypervisor: 'xen' | 'vmware';
  readonly file: string;
  readonly memoryMiB: number | undefined;
  readonly vcpus: number | undefined;
  /** The node attribute with the migration address; undefined when the nodes have none. */
  readonly addressAttribute: string | undefined;
  /** Whether it can migrate live: its storage is there on both nodes at once. */
  readonly isMigratable: boolean;
  readonly rate: MigrationRate;
  /** VMs that may migrate over the same link at once, and that may start on one node at once. */
  readonly migrationsAtOnce: number;
  readonly startsAtOnce: number;
  /** Capacities that are to be counted. */
  readonly counted: readonly string[];
}

/** The resource of a VM; `actions` are those of its agent, whose timeouts are the least. */
export function vmPrimitive(vm: VmToBe, actions: readonly Action[]): Primitive {
  const needs: Readonly<Record<string, number | undefined>> = { hv_memory: vm.memoryMiB, cpu: vm.vcpus };
  const utilization = vm.counted.flatMap((name) => {
    const need = needs[name];
    return need === undefined ? [] : [[name, String(need)] as const];
  });
  return {
    id: vm.id,
    agent: { class: 'ocf', provider: 'virt', type: vm.hypervisor === 'xen' ? 'Xen' : 'VMware' },
    parameters:
      vm.hypervisor === 'xen'
        ? {
            xmfile: vm.file,
            ...(vm.addressAttribute === undefined || !vm.isMigratable
              ? {}
              : { node_ip_attribute: vm.addressAttribute }),
          }
        : { vmxpath: vm.file },
    operations: actions.flatMap((action) => operationOf(action, vm)),
    meta: { 'allow-migrate': String(vm.isMigratable), 'multiple-active': 'stop_unexpected' },
    utilization: Object.fromEntries(utilization),
  };
}

function operationOf({ name, timeout, interval = 0, depth = 0 }: Action, vm: VmToBe): Operation[] {
  const roundUp = (seconds: number) => Math.ceil(seconds / 30) * 30;
  const memory = vm.memoryMiB ?? 0;
  switch (name) {
    case 'monitor':
      return depth === 0 ? [{ name, interval, timeout }] : [];
    case 'migrate_to':
    case 'migrate_from':
      if (vm.hypervisor === 'xen' && !vm.isMigratable) return [];
      return [
        { name, interval: 0, timeout: Math.max(timeout, migrationTimeout(memory, vm.rate, vm.migrationsAtOnce)) },
      ];
    case 'start':
    case 'stop': {
      // VMware writes and reads the memory over the storage network; xl builds one domain after the other.
      const needed =
        vm.hypervisor === 'vmware'
          ? migrationTimeout(memory, vm.rate)
          : name === 'start'
            ? startTimeout(Array.from({ length: vm.startsAtOnce }, () => memory))
            : 0;
      return [{ name, interval: 0, timeout: Math.max(timeout, roundUp(needed)) }];
    }
    default:
      return [];
  }
}
