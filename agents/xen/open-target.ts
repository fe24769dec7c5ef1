import { isMember } from '../../lib/cluster/node-fate.ts';
import type { OpenMigration } from '../../lib/cluster/open-migrations.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import type { Domain, XenContext } from './domain.ts';
import { askOtherSide } from './heal.ts';
import { targetOf } from './other-end.ts';
import { states } from './states.ts';

/**
 * Refuses a start beside a copy on the target of a migration that the cluster does not know the end of.
 *
 * @throws OcfError exit 1 when the target is in the cluster and runs the domain, or does not tell.
 */
export async function refuseIfItRunsThere(
  { source, target }: OpenMigration,
  domain: Domain,
  context: XenContext,
): Promise<void> {
  const { environment, log } = context;
  if (!(await mayRun(target, context))) return;
  log.info(`${domain.label}: ${target} is asked whether a migration has left it there`);
  const { side, why } = await ask(target, domain, context);
  if (side === 'does not run it') return;
  // Pacemaker shows 128 bytes of a reason.
  const refresh = `tell it: crm_resource --refresh --resource ${environment.instance}`;
  throw side === 'runs it'
    ? failed(`${domain.label} runs on ${target}, brought there by a migration that the cluster forgot`, refresh)
    : failed(
        `${domain.label} may run on ${target}, where it was to migrate from ${source}: ${why}`,
        `look at xl list on ${target}; should it be there, ${refresh}`,
      );
}

async function ask(node: string, domain: Domain, context: XenContext) {
  try {
    const { side, state } = await askOtherSide(targetOf(node, context), domain, context, context.deadline);
    return { side, why: state.kind === 'unknown' ? state.why : `it ${states[state.kind].meaning}` };
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return { side: 'does not tell', why: error.message } as const;
  }
}

/** Who has left the cluster or was fenced runs nothing. Without an answer the node is taken to be there. */
async function mayRun(node: string, { host, deadline }: XenContext): Promise<boolean> {
  try {
    return await isMember(host.runner, node, deadline);
  } catch {
    return true;
  }
}
