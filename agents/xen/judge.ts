import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { signOfLife } from '../../lib/hypervisor/xen/second-source.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { judgeUnanswered } from '../shared/unanswered.ts';
import type { Domain, XenContext } from './domain.ts';
import { states } from './states.ts';

/**
 * What a monitor answers where the domain neither runs nor is known to be down.
 *
 * @throws OcfError exit 190 (degraded), or 1, with the reason.
 */
export function judge(state: VmState, domain: Domain, context: XenContext): Exit {
  return state.kind === 'unknown' ? judgeUnknown(state, domain, context) : judgeNotRunning(state, domain, context);
}

function judgeNotRunning(state: VmState, domain: Domain, { parameters, environment }: XenContext): Exit {
  const { meaning } = states[state.kind];
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
function judgeUnknown({ why, notInstalled }: VmState & { kind: 'unknown' }, domain: Domain, context: XenContext): Exit {
  const { facts, name, label } = domain;
  const sources = { runner: context.host.runner, name, lastId: facts?.id };
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
