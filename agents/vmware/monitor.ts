import type { VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import { failed } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import type { Soon } from '../../lib/system/soon.ts';
import { remember } from './remember.ts';
import { states } from './states.ts';
import { type Vm, type VmwareContext, vmOf } from './vm.ts';

/** Monitor and probe: one call of the toolstack when the VM runs. */
export async function monitor(context: VmwareContext): Promise<Exit> {
  const { environment, parameters } = context;
  const vm = await vmOf(context);
  const first = await vm.look(context.deadline);
  const settled = isPassing(first) ? await waitOut(vm, context) : first;
  const state = settled.kind === 'asking' && !environment.isProbe ? await answer(settled, vm, context) : settled;
  if (state.kind === 'unknown') return judgeUnknown(state, vm, context);
  remember('entry' in state ? state.entry : undefined, vm, context);
  if (state.kind !== 'running') return judgeNotRunning(state, vm);
  if (environment.isProbe) return exit.success;
  if (parameters.tools_heartbeat && environment.checkLevel >= 10) await mustHaveHeartbeat(state, vm, context);
  if (parameters.monitor_scripts !== undefined) {
    await (await import('../shared/monitor-scripts.ts')).runMonitorScripts(vm, context);
  }
  return exit.success;
}

/** Looks again until the state has passed, and leaves time for the second source and for saying why. */
function waitOut(vm: Vm, { deadline }: VmwareContext): Soon<VmwareState> {
  const left = deadline.remaining();
  return vm.lookUntil((seen) => !isPassing(seen), deadline.within(left - Math.min(2500, left / 4)));
}

const isPassing = (state: VmwareState) => (state.kind === 'unknown' ? !state.notInstalled : states[state.kind].passes);

/** A question is answered where the parameters say how; else the VM has failed, with the question as the reason. */
async function answer(state: VmwareState & { kind: 'asking' }, vm: Vm, context: VmwareContext): Promise<VmwareState> {
  const { answeringOf } = await import('./answer.ts');
  await answeringOf(vm, context).answer(state.entry);
  // A power on that went on by the answer is not "off".
  const limit = context.deadline.within(Math.min(10_000, context.deadline.remaining() / 2));
  return vm.lookUntil(({ kind }) => kind === 'running', limit);
}

function judgeNotRunning(state: VmwareState, vm: Vm): Exit {
  const { monitor: code, meaning } = states[state.kind];
  if (code === exit.notRunning) return code;
  const why = state.kind === 'lingering' ? `: ${state.why}` : '';
  throw failed(
    `${vm.label} ${meaning}${why}`,
    `look at it with ${vm.toolstack()} and at vmware.log in its folder; the cluster recovers it`,
  );
}

async function mustHaveHeartbeat(
  { entry }: VmwareState & { kind: 'running' },
  vm: Vm,
  { deadline }: VmwareContext,
): Promise<void> {
  const { commands } = await vm.tool();
  const tools = commands.tools(entry, deadline);
  if (tools === 'running') return;
  throw failed(
    `${vm.label}: its VMware Tools give no sign of life (${tools})`,
    'look at the console of the guest; set tools_heartbeat=false for a guest without VMware Tools',
  );
}

/** No answer until the deadline: never "stopped", and tolerated while the VM shows another sign of life. */
async function judgeUnknown(
  { why, notInstalled }: VmwareState & { kind: 'unknown' },
  vm: Vm,
  context: VmwareContext,
): Promise<Exit> {
  const { facts, vmxpath, label } = vm;
  const { judgeUnanswered } = await import('../shared/unanswered.ts');
  return judgeUnanswered(
    {
      label,
      why,
      notInstalled,
      life: await vm.signOfLife(),
      before: facts?.unknownMonitors ?? 0,
      remember: (count) => vm.memory.write({ ...facts, vmxpath, toolstack: vm.toolstack(), unknownMonitors: count }),
      remedy: `look whether ${vm.toolstack()} and the service behind it answer on this node`,
      install: 'install the command line tool of VMware, or keep the VM off this node by a location constraint',
    },
    context,
  );
}
