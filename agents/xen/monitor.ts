import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { signOfLife } from '../../lib/hypervisor/xen/second-source.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { type Domain, domainOf, type XenContext } from './domain.ts';
import { remember } from './remember.ts';
import { states } from './states.ts';

/** Monitor and probe: one `xl list NAME` when the domain runs. */
export async function monitor(context: XenContext): Promise<Exit> {
  const domain = await domainOf(context);
  const state = await waitOut(domain, context);
  if (state.kind === 'unknown') return judgeUnknown(state, domain, context);
  await remember(state, domain.facts, domain, context);
  if (state.kind !== 'running') return judgeNotRunning(state, domain, context);
  const { autoset_utilization_cpu, autoset_utilization_hv_memory, monitor_scripts } = context.parameters;
  if (!context.environment.isProbe && (autoset_utilization_cpu || autoset_utilization_hv_memory)) {
    await (await import('./utilization.ts')).publishUtilization(state, domain, context);
  }
  if (monitor_scripts !== undefined && !context.environment.isProbe) {
    await (await import('../shared/monitor-scripts.ts')).runMonitorScripts(domain, context);
  }
  return exit.success;
}

/** Looks, again if the state will pass, and leaves time for the second source and for saying why. */
async function waitOut(domain: Domain, { deadline, environment }: XenContext): Promise<VmState> {
  const left = deadline.remaining();
  const limit = deadline.within(left - Math.min(2500, left / 4));
  const state = await domain.lookUntil((seen) => !isPassing(seen, environment.isProbe), limit);
  if (state.kind !== 'paused') return state;
  // A guest that reboots is paused between its building and its start (seen on Xen 4.17), for a blink, or for as long as
  // a busy host needs. Its id tells: it is not the one that was seen before.
  const isNew = domain.facts?.id !== undefined && state.id !== domain.facts.id;
  return domain.lookUntil(({ kind }) => kind !== 'paused', limit.within(isNew ? 10_000 : 1000));
}

/**
 * States that end by themselves. A probe waits for the end of a suspension as well: Pacemaker believes what it says of where
 * the VM runs, and a migration whose agent was killed ends on either side.
 */
function isPassing(state: VmState, isProbe: boolean): boolean {
  if (state.kind === 'suspending') return isProbe && state.inProgress;
  if (state.kind === 'unknown') return !state.notInstalled;
  if (state.kind === 'shutdown') return state.cleanedUp;
  if (state.kind === 'incoming' || state.kind === 'migrated-away') return state.inProgress;
  return states[state.kind].passes;
}

function judgeNotRunning(state: VmState, domain: Domain, { parameters, environment }: XenContext): Exit {
  const { monitor: code, meaning } = states[state.kind];
  if (code === exit.notRunning) return code;
  if (state.kind === 'suspending' && state.inProgress) {
    if (!environment.isProbe) return exit.success;
    throw failed(
      `${domain.label} is suspended, and the migration or save that did it does not end`,
      'the cluster stops it, which ends that; look at xl list on both nodes of the migration',
    );
  }
  const reason = `${domain.label} ${meaning}`;
  if (
    (state.kind === 'paused' && !parameters.paused_is_failure) ||
    (state.kind === 'crashed' && !parameters.crash_is_failure)
  ) {
    const remedy =
      state.kind === 'paused' ? `let it run: xl unpause ${domain.name}` : 'look at it, then: crm resource restart';
    throw new OcfError(exit.degraded, reason, remedy);
  }
  throw failed(
    reason,
    'the cluster recovers it; if it comes back to this state, look at the log of the guest and of xl in /var/log/xen',
  );
}

/** No answer until the deadline: never "stopped", and tolerated while the domain shows another sign of life. */
async function judgeUnknown(
  { why, notInstalled }: VmState & { kind: 'unknown' },
  domain: Domain,
  context: XenContext,
): Promise<Exit> {
  const { facts, name, label } = domain;
  const sources = { runner: context.host.runner, name, lastId: facts?.id };
  const { judgeUnanswered } = await import('../shared/unanswered.ts');
  return judgeUnanswered(
    {
      label,
      why,
      notInstalled,
      life: signOfLife(sources, domain.processes(), context.deadline.within(2000)),
      before: facts?.unknownMonitors ?? 0,
      remember: (count) =>
        domain.memory.write({ ...facts, name, xmfile: context.parameters.xmfile, unknownMonitors: count }),
      remedy: 'look whether xl list works on this node; if not, look at xenstored and /var/log/xen',
      install: 'install the Xen tools (xen-utils), or keep the VM off this node by a location constraint',
    },
    context,
  );
}
