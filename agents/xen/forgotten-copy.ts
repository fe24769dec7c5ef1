import { readResourceHistory } from '../../lib/cluster/history.ts';
import { isMember } from '../../lib/cluster/node-fate.ts';
import { type OpenMigration, openMigrations } from '../../lib/cluster/open-migrations.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import type { Domain, XenContext } from './domain.ts';
import { askOtherSide } from './heal.ts';
import { targetOf } from './other-end.ts';
import { states } from './states.ts';

/**
 * Refuses a start while a copy may run that the cluster has forgotten: the target of a migration is asked that has told the
 * cluster nothing since. One question to the local cluster; without a cluster there is nobody to ask.
 *
 * @throws OcfError exit 1 when a node of the cluster runs the domain, or does not tell, or the cluster does not.
 */
export async function refuseBesideForgottenCopy(domain: Domain, context: XenContext): Promise<void> {
  const { environment, log } = context;
  const open = (await openMigrationsOf(domain, context)).filter(({ target }) => target !== environment.nodeName);
  for (const { source, target } of open) {
    if (!(await mayRun(target, context))) continue;
    log.info(`${domain.label}: ${target} is asked whether a migration has left it there`);
    const { side, why } = await ask(target, domain, context);
    if (side === 'does not run it') continue;
    // Pacemaker shows 128 bytes of a reason.
    const refresh = `tell it: crm_resource --refresh --resource ${environment.instance}`;
    throw side === 'runs it'
      ? failed(`${domain.label} runs on ${target}, brought there by a migration that the cluster forgot`, refresh)
      : failed(
          `${domain.label} may run on ${target}, where it was to migrate from ${source}: ${why}`,
          `look at xl list on ${target}; should it be there, ${refresh}`,
        );
  }
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

async function openMigrationsOf(
  domain: Domain,
  { host, environment, deadline }: XenContext,
): Promise<readonly OpenMigration[]> {
  try {
    // Where many VMs start at once the cluster answers late; half of the time is left for the start.
    const patience = deadline.within(deadline.remaining() / 2);
    return openMigrations((await readResourceHistory(host.runner, environment.instance, patience)) ?? []);
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    throw failed(`${domain.label} is not started, it may run elsewhere: ${error.message}`, error.remedy);
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
