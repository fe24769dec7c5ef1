import { readResourceHistory } from '../../lib/cluster/history.ts';
import { openMigrations } from '../../lib/cluster/open-migrations.ts';
import { OcfError } from '../../lib/ocf/error.ts';
import type { Domain, XenContext } from './domain.ts';
import { endTransportOf } from './transport.ts';

/** How long a receiver may have no domain, in milliseconds: ssh gives up a cut link within that time. */
const patienceMs = 15_000;

/**
 * Waits until no receiver on this node may still bring the domain, where the cluster knows of a migration to here that
 * did not end: a receiver that has only begun, or waits until another domain is built, has no domain that `xl list` could
 * show, and would make it after a stop has said that there is none. One that never shows a domain loses its transport.
 */
export async function awaitReceivers(domain: Domain, context: XenContext): Promise<void> {
  if (!(await mayArrive(context))) return;
  const { deadline, log, host } = context;
  const unclear = () => domain.processes().receivingAny;
  const isClear = ({ kind }: { readonly kind: string }) => kind !== 'absent' || unclear().length === 0;
  log.info(`${domain.label}: a migration to this node may still arrive (process ${unclear()[0]?.pid})`);
  const seen = await domain.lookUntil(isClear, deadline.within(Math.min(patienceMs, deadline.remaining() / 2)));
  if (isClear(seen)) return;
  for (const receiver of unclear()) endTransportOf(receiver, domain, host, log);
  await domain.lookUntil(isClear, deadline.within(Math.min(5000, deadline.remaining() / 2)));
}

/** Whether a migration of the resource to this node is open; taken to be one where the cluster does not tell. */
async function mayArrive({ host, environment, deadline }: XenContext): Promise<boolean> {
  try {
    const history = await readResourceHistory(host.runner, environment.instance, deadline.within(5000));
    const node = environment.nodeName;
    return openMigrations(history ?? []).some(({ target }) => node === undefined || target === node);
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return true;
  }
}
