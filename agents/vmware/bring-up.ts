import { statSync } from 'node:fs';
import { oldLocks } from '../../lib/hypervisor/vmware/locks.ts';
import { suspendedState } from '../../lib/hypervisor/vmware/suspended.ts';
import { lastMessage } from '../../lib/hypervisor/vmware/vm-log.ts';
import { isDown, type VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import { type Vmx, vmxValues } from '../../lib/hypervisor/vmware/vmx-file.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { type Answering, answeringOf } from './answer.ts';
import { readConfig } from './config.ts';
import { mustNotRunElsewhere } from './guard.ts';
import { operate } from './operate.ts';
import { remember } from './remember.ts';
import { states } from './states.ts';
import type { Vm, VmwareContext } from './vm.ts';

/** How long a start waits for the lock of another host to go away by itself, in milliseconds. */
const lockWaitMs = 10_000;

/**
 * Registers the VM on this node and powers it on, from its suspended state if it has one, and returns when it was seen
 * running.
 *
 * @param mustResume whether a boot from scratch is refused: a migration loses nothing.
 * @throws OcfError exit 1 or 5 when it does not run.
 */
export async function bringUp(vm: Vm, context: VmwareContext, mustResume: boolean): Promise<void> {
  const { deadline } = context;
  const answering = answeringOf(vm, context);
  const found = await waitWhilePassing(vm, answering, context);
  context.tell({ found: found.kind });
  if (found.kind === 'running') return remember(found.entry, vm, context);
  if (!isDown(found)) throw notStarted(found, undefined, vm);
  const vmx = readConfig(vm.vmxpath);
  const suspended = suspendedState(vm.vmxpath, vmx);
  if (mustResume && suspended === undefined && found.kind !== 'suspended') {
    throw failed(
      `${vm.label} did not arrive suspended: there is no suspended state in its folder`,
      'the cluster starts it anew; look at the log of the source node',
    );
  }
  warnOfUuid(vmx, vm, context);
  await mustNotRunElsewhere(vm, vmx, context, deadline.within(mustResume ? deadline.remaining() / 2 : lockWaitMs));
  const registered = await ensureRegistered(found, vm, context);
  if (registered.kind === 'running') return remember(registered.entry, vm, context);
  const began = Date.now() - 1000;
  const { state, words } = await operate(
    {
      operation: 'power on',
      entry: 'entry' in registered ? registered.entry : undefined,
      until: ({ kind }) => kind === 'running',
      onQuestion: (entry) => answering.answer(entry),
    },
    vm,
    context,
    deadline,
  );
  if (state.kind === 'running') return remember(state.entry, vm, context);
  throw notStarted(state, whyNot(words, vm, began), vm);
}

/** Waits for what passes, and answers what asks. */
async function waitWhilePassing(vm: Vm, answering: Answering, { deadline }: VmwareContext): Promise<VmwareState> {
  const isOver = (state: VmwareState) =>
    state.kind === 'unknown' ? state.notInstalled : state.kind !== 'lingering' && state.kind !== 'asking';
  const limit = deadline.within(deadline.remaining() * 0.9);
  for (;;) {
    const state = await vm.lookUntil((seen) => isOver(seen) || seen.kind === 'asking', limit);
    if (state.kind !== 'asking' || limit.passed) return state;
    await answering.answer(state.entry);
    await vm.lookUntil((seen) => seen.kind !== 'asking', limit.within(500));
  }
}

/** Enters the VM once in the inventory, whatever is left there of it. The service may need more than one attempt. */
async function ensureRegistered(
  state: VmwareState & { kind: 'off' | 'suspended' },
  vm: Vm,
  { deadline, host, log }: VmwareContext,
): Promise<VmwareState> {
  const { commands } = await vm.tool();
  for (const extra of state.duplicates ?? []) {
    log.warn(`${vm.label} is registered more than once: entry ${extra.id} is removed`);
    await commands.unregister(extra, deadline);
  }
  if (state.registered === true) return state;
  let words: string | undefined;
  const seen = await waitUntil(
    async () => {
      words = await commands.register(deadline);
      return vm.look(deadline);
    },
    // vmrun's list has only VMs that run: there the tool's word has to do.
    (now) => (isDown(now) && (now.registered ?? words === undefined)) || now.kind === 'running',
    deadline.within(deadline.remaining() / 2),
    host.clock,
  );
  if ((isDown(seen) && (seen.registered ?? words === undefined)) || seen.kind === 'running') return seen;
  throw failed(
    `${vm.label} could not be registered on this node: ${words ?? describe(seen)}`,
    `register it by hand with ${vm.toolstack()}, which shows the whole message`,
  );
}

/** VMware asks nothing where the .vmx file decides, and vmrun cannot answer where it does not. */
function warnOfUuid(vmx: Vmx, vm: Vm, { parameters, log }: VmwareContext): void {
  const decided = vmxValues(vmx, 'uuid.action').map((value) => value.toLowerCase());
  if (decided.some((value) => value !== parameters.uuid_action)) {
    log.warn(`${vm.label}: uuid.action in the .vmx file is ${decided.join(', ')}: uuid_action is not asked`);
  } else if (decided.length === 0 && vm.toolstack() === 'vmrun') {
    log.warn(`${vm.label}: the .vmx file has no uuid.action = "keep": vmrun fails where VMware asks about the UUID`);
  }
}

/** The tool's words, and VMware's own where the tool has only general ones. */
function whyNot(words: string | undefined, vm: Vm, sinceMs: number): string | undefined {
  const message = lastMessage(vm.vmxpath, sinceMs);
  if (message === undefined) return words;
  return words === undefined ? message : `${words} (vmware.log: ${message})`;
}

function notStarted(state: VmwareState, words: string | undefined, vm: Vm): OcfError {
  const code = state.kind === 'unknown' && state.notInstalled ? exit.notInstalled : exit.generic;
  const reason =
    words === undefined
      ? `${vm.label} is not started: ${describe(state)}`
      : `${vm.label} is not started: ${words}; ${describe(state)}`;
  return new OcfError(code, reason, remedyOf(state, words, vm));
}

function remedyOf(state: VmwareState, words: string | undefined, vm: Vm): string {
  if (state.kind === 'unknown') {
    return state.notInstalled
      ? 'install the command line tool of VMware on this node'
      : `look whether ${vm.toolstack()} answers on this node`;
  }
  if (/operation was canceled/i.test(words ?? ''))
    return 'VMware wanted to ask something: open the VM in its console, and put uuid.action = "keep" into the .vmx file';
  if (/in use|locked|locking/i.test(words ?? '')) {
    const old = oldLocks(vm.vmxpath);
    return `another program or host has the VM open: look at ${old.length === 0 ? 'its .lck folders' : old.join(', ')}`;
  }
  if (/processors|suspended state/i.test(words ?? ''))
    return 'start it on a node where it resumes; resume_failure=discard throws the suspended state away';
  if (vm.toolstack() === 'vmware-cmd' && !isExecutable(vm.vmxpath)) return `chmod u+x ${vm.vmxpath}`;
  return `look at vmware.log in the folder of the VM, and start it by hand with ${vm.toolstack()}`;
}

/** VMware Server 1 wants the .vmx file executable. */
function isExecutable(file: string): boolean {
  try {
    return (statSync(file).mode & 0o100) !== 0;
  } catch {
    return true;
  }
}

/** A state as a sentence that begins with "it". */
export const describe = (state: VmwareState) =>
  state.kind === 'unknown' || state.kind === 'lingering' ? state.why : `it ${states[state.kind].meaning}`;
