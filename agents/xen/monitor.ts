import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { andThen, type Soon } from '../../lib/system/soon.ts';
import { type Domain, domainOf, type XenContext } from './domain.ts';
import { remember } from './remember.ts';
import { states } from './states.ts';

/** Monitor and probe: one `xl list NAME` when the domain runs, and then the exit code is there at once. */
export function monitor(context: XenContext): Soon<Exit> {
  return andThen(domainOf(context), (domain) =>
    andThen(waitOut(domain, context), (state) => {
      if (state.kind === 'unknown') return judge(state, domain, context);
      return andThen(remember(state, domain.facts, domain, context), () => {
        if (state.kind === 'running') return judgeRunning(state, domain, context);
        return states[state.kind].monitor === exit.notRunning ? exit.notRunning : judge(state, domain, context);
      });
    }),
  );
}

function judgeRunning(state: VmState & { kind: 'running' }, domain: Domain, context: XenContext): Soon<Exit> {
  const { autoset_utilization_cpu, autoset_utilization_hv_memory, monitor_scripts } = context.parameters;
  const isMore = autoset_utilization_cpu || autoset_utilization_hv_memory || monitor_scripts !== undefined;
  return isMore && !context.environment.isProbe ? lookInside(state, domain, context) : exit.success;
}

const judge = async (state: VmState, domain: Domain, context: XenContext): Promise<Exit> =>
  (await import('./judge.ts')).judge(state, domain, context);

/** What was asked for beyond whether it runs. */
async function lookInside(state: VmState & { kind: 'running' }, domain: Domain, context: XenContext): Promise<Exit> {
  const { autoset_utilization_cpu, autoset_utilization_hv_memory, monitor_scripts } = context.parameters;
  if (autoset_utilization_cpu || autoset_utilization_hv_memory) {
    await (await import('./utilization.ts')).publishUtilization(state, domain, context);
  }
  if (monitor_scripts !== undefined) {
    await (await import('../shared/monitor-scripts.ts')).runMonitorScripts(domain, context);
  }
  return exit.success;
}

/** Looks, again if the state will pass, and leaves time for the second source and for saying why. */
function waitOut(domain: Domain, { deadline, environment }: XenContext): Soon<VmState> {
  const left = deadline.remaining();
  const limit = deadline.within(left - Math.min(2500, left / 4));
  return andThen(
    domain.lookUntil((seen) => !isPassing(seen, domain, environment.isProbe), limit),
    (state) => {
      if (state.kind !== 'paused') return state;
      // A guest that reboots is paused between its building and its start (seen on Xen 4.17), for a blink, or for as long
      // as a busy host needs. Its id tells: it is not the one that was seen before.
      const isNew = domain.facts?.id !== undefined && state.id !== domain.facts.id;
      return domain.lookUntil(({ kind }) => kind !== 'paused', limit.within(isNew ? 10_000 : 1000));
    },
  );
}

/**
 * States that end by themselves. A probe waits for the end of a migration or save as well: Pacemaker believes what it
 * says of where the VM runs, and a migration whose agent was killed ends on either side, even one that has yet to connect
 * or whose receiver has no domain yet.
 */
function isPassing(state: VmState, domain: Domain, isProbe: boolean): boolean {
  if (state.kind === 'running') return isProbe && domain.processes(state.id).leaving.length > 0;
  if (state.kind === 'absent') return isProbe && domain.processes().receivingAny.length > 0;
  if (state.kind === 'suspending') return isProbe && state.inProgress;
  if (state.kind === 'unknown') return !state.notInstalled;
  if (state.kind === 'shutdown') return state.cleanedUp;
  if (state.kind === 'incoming' || state.kind === 'migrated-away') return state.inProgress;
  return states[state.kind].passes;
}
