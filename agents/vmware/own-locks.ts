import { hostname } from 'node:os';
import { basename } from 'node:path';
import { type LockHost, machineIdsOf, ownerOf } from '../../lib/hypervisor/vmware/lock-owner.ts';
import { readLocks, removeLock } from '../../lib/hypervisor/vmware/locks.ts';
import type { Vmx } from '../../lib/hypervisor/vmware/vmx-file.ts';
import { hostNames } from '../../lib/system/host-names.ts';
import type { VmwareContext } from './vm.ts';

/** This node by the names that it may have in locks. The resolver is asked only where `fully` is set. */
export function lockHost({ host, environment, deadline }: VmwareContext, fully: boolean): LockHost {
  const short = [hostname(), ...(environment.nodeName === undefined ? [] : [environment.nodeName])];
  const names = fully ? short.flatMap((name) => hostNames(host.runner, name, deadline)) : short;
  return { machineIds: machineIdsOf([...new Set(names)]), processes: host.processes() };
}

/** A lock of the VM that a living vmware-vmx of this node holds, for messages; undefined when there is none. */
export function livingLock(context: VmwareContext): string | undefined {
  const found = readLocks(context.parameters.vmxpath, undefined);
  if (found.length === 0) return undefined;
  const here = lockHost(context, false);
  for (const { locks, member } of found) {
    const owner = ownerOf(member, here);
    // A window of Workstation locks the .vmx as well, without running the VM.
    if (owner.kind === 'alive here' && basename(owner.process.args[0] ?? '').startsWith('vmware-vmx')) {
      return `process ${owner.process.pid} holds the lock of ${basename(locks)}`;
    }
  }
  return undefined;
}

/** Removes the locks that a dead process of this very node left, so that another node need not decide about them. */
export function removeDeadLocks(vmx: Vmx | undefined, context: VmwareContext): void {
  const locks = readLocks(context.parameters.vmxpath, vmx);
  if (locks.length === 0) return;
  const here = lockHost(context, true);
  for (const lock of locks) {
    if (ownerOf(lock.member, here).kind !== 'dead here') continue;
    if (removeLock(lock))
      context.log.info(`${lock.path} is removed: its process ${lock.member?.pid} on this node is dead`);
  }
}
