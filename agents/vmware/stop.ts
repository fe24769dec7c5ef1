import { isDown, type VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { callingOff } from './answer.ts';
import { describe } from './bring-up.ts';
import { leave } from './leave.ts';
import { operate } from './operate.ts';
import { type Vm, type VmwareContext, vmOf } from './vm.ts';

/**
 * Stops the VM by stop_method, within its share of the time, then by force, and answers success only when the toolstack
 * itself said that it does not run and no process or lock of it lives on this node.
 */
export async function stop(context: VmwareContext): Promise<Exit> {
  const vm = await vmOf(context);
  const { deadline, parameters } = context;
  const grace = deadline.within(Math.min(gracePeriodMs(context), deadline.remaining() * 0.9));
  const first = await vm.lookUntil(
    (seen) => (seen.kind === 'unknown' ? seen.notInstalled : seen.kind !== 'lingering'),
    deadline.within(deadline.remaining() * (parameters.stop_method === 'hard' ? 0.2 : 0.9)),
  );
  context.tell({ found: first.kind });
  const asked = first.kind === 'asking' ? await callOff(first, vm, context) : first;
  const down = asked.kind === 'running' ? await endGracefully(asked, vm, context, grace) : asked;
  const last = isDown(down) || parameters.stop_method === 'soft' ? down : await endByForce(down, vm, context);
  if (!isDown(last)) throw stopFailed(last, vm, context);
  await leave(last, vm, context, deadline.within(deadline.remaining() / 2));
  return exit.success;
}

/** Two thirds of the timeout, so that a third is left to power off and to verify; a soft stop has nothing to keep it for. */
function gracePeriodMs({ parameters, timeoutMs }: VmwareContext): number {
  if (parameters.stop_method === 'hard') return 0;
  if (parameters.shutdown_timeout !== undefined) return parameters.shutdown_timeout * 1000;
  return parameters.stop_method === 'soft' ? timeoutMs : (timeoutMs * 2) / 3;
}

/** A start that stands in front of a question is called off: that keeps the suspended state that it came from. */
async function callOff(state: VmwareState & { kind: 'asking' }, vm: Vm, context: VmwareContext): Promise<VmwareState> {
  const { commands } = await vm.tool();
  const asked = await commands.ask(state.entry, callingOff, context.deadline);
  if (asked?.answered === undefined) return state;
  context.log.info(`${vm.label}: ${JSON.stringify(asked.answered.label)} is answered to call its start off`);
  return vm.lookUntil(isDown, context.deadline.within(10_000));
}

/** Suspends or shuts down the guest. What became of it is for the caller to see. */
async function endGracefully(
  state: VmwareState & { kind: 'running' },
  vm: Vm,
  context: VmwareContext,
  grace: Deadline,
): Promise<VmwareState> {
  const { stop_method } = context.parameters;
  const ways = { suspend: ['suspend', 'shut down'], soft: ['shut down'], trysoft: ['shut down'], hard: [] } as const;
  let seen: VmwareState = state;
  for (const operation of ways[stop_method]) {
    if (grace.passed || seen.kind !== 'running') break;
    const done = await operate({ operation, entry: seen.entry, until: isDown }, vm, context, grace);
    seen = done.state;
    if (!isDown(seen)) context.log.warn(`${vm.label}: ${operation} failed: ${done.words ?? describe(seen)}`);
  }
  return seen;
}

/** Powers the VM off; kills its process when nothing else has ended it. */
async function endByForce(state: VmwareState, vm: Vm, context: VmwareContext): Promise<VmwareState> {
  const { deadline, host, log } = context;
  // The last fifth of the time is for a process that nobody can power off; one that still writes gets all the rest.
  const limit = deadline.within(deadline.remaining() * 0.8);
  let seen = state.kind === 'lingering' ? await vm.lookUntil(isDown, limit) : state;
  if (seen.kind === 'running' || seen.kind === 'asking') {
    const done = await operate({ operation: 'power off', entry: seen.entry, until: isDown }, vm, context, limit);
    seen = done.state;
    if (!isDown(seen)) log.warn(`${vm.label}: power off failed: ${done.words ?? describe(seen)}`);
  }
  // While VMware does not tell, nothing is killed: fencing ends the VM for certain, and a kill could not be verified.
  if (isDown(seen) || seen.kind === 'unknown') return seen;
  for (const { pid } of vm.processes()) {
    log.warn(`${vm.label}: its process ${pid} is killed, ${describe(seen)}`);
    host.signal(pid, 'SIGKILL');
  }
  return vm.lookUntil(isDown, deadline);
}

function stopFailed(state: VmwareState, vm: Vm, { environment, parameters }: VmwareContext): OcfError {
  const where = environment.nodeName === undefined ? '' : ` on ${environment.nodeName}`;
  const soft = parameters.stop_method === 'soft' && state.kind === 'running';
  const why = soft ? 'its guest does not shut down, and stop_method is soft' : describe(state);
  return new OcfError(
    state.kind === 'unknown' && state.notInstalled ? exit.notInstalled : exit.generic,
    `${vm.label} could not be stopped${where}: ${why}`,
    `the cluster fences the node, which is what makes it safe to start the VM elsewhere; then look at ${vm.toolstack()} and at vmware.log`,
  );
}
