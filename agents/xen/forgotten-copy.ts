import { readMigrations } from '../../lib/cluster/history.ts';
import { type OpenMigration, openMigrations } from '../../lib/cluster/open-migrations.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import type { Domain, XenContext } from './domain.ts';

/**
 * Refuses a start while a copy may run that the cluster has forgotten: the target of a migration is asked that has told the
 * cluster nothing since. One question to the local cluster; without a cluster there is nobody to ask.
 *
 * @throws OcfError exit 1 when a node of the cluster runs the domain, or does not tell, or the cluster does not.
 */
export async function refuseBesideForgottenCopy(domain: Domain, context: XenContext): Promise<void> {
  const { nodeName } = context.environment;
  const open = (await openMigrationsOf(domain, context)).filter(({ target }) => target !== nodeName);
  if (open.length === 0) return;
  const { refuseIfItRunsThere } = await import('./open-target.ts');
  for (const migration of open) await refuseIfItRunsThere(migration, domain, context);
}

async function openMigrationsOf(
  domain: Domain,
  { host, environment, deadline }: XenContext,
): Promise<readonly OpenMigration[]> {
  try {
    // Where many VMs start at once the cluster answers late; half of the time is left for the start.
    const patience = deadline.within(deadline.remaining() / 2);
    return openMigrations((await readMigrations(host.runner, environment.instance, undefined, patience)) ?? []);
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    throw failed(`${domain.label} is not started, it may run elsewhere: ${error.message}`, error.remedy);
  }
}
