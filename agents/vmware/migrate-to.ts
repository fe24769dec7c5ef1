import { suspendedState } from '../../lib/hypervisor/vmware/suspended.ts';
import { isDown, type VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { describe } from './bring-up.ts';
import { readConfigIfAny } from './config.ts';
import { leave } from './leave.ts';
import { operate } from './operate.ts';
import { states } from './states.ts';
import { type Vm, type VmwareContext, vmOf } from './vm.ts';

/**
 * The first half of a migration: suspends the VM and takes it out of this node's inventory. A VM that is suspended
 * already is one that an earlier attempt suspended.
 */
export async function migrateTo(context: VmwareContext): Promise<Exit> {
  const { deadline } = context;
  const vm = await vmOf(context);
  const found = await vm.lookUntil(
    (seen) => (seen.kind === 'unknown' ? seen.notInstalled : seen.kind !== 'lingering'),
    deadline.within(deadline.remaining() / 3),
  );
  const state = found.kind === 'running' ? await suspend(found, vm, context) : found;
  if (!isDown(state)) throw notMigrated(state, describe(state), vm);
  // vmrun, and an inventory without the VM, do not tell a suspended VM from one that is powered off.
  const vmx = readConfigIfAny(vm.vmxpath);
  const isSuspended =
    state.kind === 'suspended' || (vmx !== undefined && suspendedState(vm.vmxpath, vmx) !== undefined);
  if (!isSuspended) throw notMigrated(state, 'it is powered off, so there is nothing to resume elsewhere', vm);
  await leave(state, vm, context, deadline);
  return exit.success;
}

async function suspend(
  { entry }: VmwareState & { kind: 'running' },
  vm: Vm,
  context: VmwareContext,
): Promise<VmwareState> {
  const { state, words } = await operate({ operation: 'suspend', entry, until: isDown }, vm, context, context.deadline);
  if (state.kind === 'running') {
    throw failed(
      `${vm.label} goes on running here, not suspended: ${words ?? 'it took too long'}`,
      'a longer timeout of migrate_to gives a large VM time to write its memory; look at vmware.log',
    );
  }
  return state;
}

function notMigrated(state: VmwareState, why: string, vm: Vm): OcfError {
  const code = state.kind === 'unknown' && state.notInstalled ? exit.generic : states[state.kind].migrate_to;
  return new OcfError(
    code || exit.generic,
    `${vm.label} cannot be migrated: ${why}`,
    `look at it on this node with ${vm.toolstack()}`,
  );
}
