import { isDown, type VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { readConfigIfAny } from './config.ts';
import { removeDeadLocks } from './own-locks.ts';
import type { Vm, VmwareContext } from './vm.ts';

/**
 * Takes a VM that does not run out of this node's inventory, with the locks that dead processes of this node left, and
 * forgets it. That it does not run was seen before: an inventory that keeps it is only warned of. "VMware randomly fails
 * to unregister VMs" (ocf:heartbeat:vmware), so it is asked more than once.
 */
export async function leave(
  state: VmwareState & { kind: 'off' | 'suspended' },
  vm: Vm,
  context: VmwareContext,
  limit: Deadline,
): Promise<void> {
  const { commands } = await vm.tool();
  let words: string | undefined;
  const unregister = async (seen: VmwareState): Promise<VmwareState> => {
    if (!isDown(seen)) return seen;
    for (const entry of [seen.entry, ...(seen.duplicates ?? [])]) words = await commands.unregister(entry, limit);
    return vm.look(limit);
  };
  let last: VmwareState = state;
  if (state.registered !== false) {
    await waitUntil(
      async () => {
        last = await unregister(last);
        return last;
      },
      (seen) => !isDown(seen) || !(seen.registered ?? words !== undefined),
      limit,
      context.host.clock,
    );
  }
  if (isDown(last) && (last.registered ?? words !== undefined))
    context.log.warn(`${vm.label} does not run, but stays registered on this node: ${words ?? 'no reason was given'}`);
  removeDeadLocks(readConfigIfAny(vm.vmxpath), context);
  vm.memory.forget();
}
