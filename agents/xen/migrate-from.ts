import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { failed } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { type Domain, domainOf, type XenContext } from './domain.ts';
import { remember } from './remember.ts';
import { states } from './states.ts';

/**
 * Completes a migration on the target: returns when the domain was seen running under its own name.
 *
 * The name alone is no proof: xl renames the copy before it lets it run, and destroys it when that fails.
 */
export async function migrateFrom(context: XenContext): Promise<Exit> {
  const domain = await domainOf(context);
  const first = await domain.lookUntil((seen) => !isOnItsWay(seen, domain), context.deadline);
  const state =
    first.kind === 'paused'
      ? await domain.lookUntil(({ kind }) => kind !== 'paused', context.deadline.within(10_000))
      : first;
  if (state.kind !== 'running') {
    const why = state.kind === 'unknown' ? state.why : `it ${states[state.kind].meaning}`;
    const source = context.environment.migrateSource ?? 'the source';
    throw failed(
      `${domain.label} did not arrive from ${source}: ${why}`,
      `look at xl list on ${source} and on this node`,
    );
  }
  await remember(state, undefined, domain, context);
  if (context.parameters.monitor_scripts !== undefined) {
    await (await import('../shared/monitor-scripts.ts')).waitForMonitorScripts(domain, context);
  }
  if (context.parameters.allow_mem_management) {
    (await import('./memory-share.ts')).shareAnew(domain, context);
  }
  return exit.success;
}

function isOnItsWay(state: VmState, domain: Domain): boolean {
  if (state.kind === 'unknown') return !state.notInstalled;
  if (state.kind === 'incoming') return state.inProgress;
  if (state.kind === 'absent') return domain.processes().receiving.length > 0;
  return state.kind === 'rebooting' || state.kind === 'dying';
}
