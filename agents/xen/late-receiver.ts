import { readMigrations } from '../../lib/cluster/history.ts';
import { openMigrations } from '../../lib/cluster/open-migrations.ts';
import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { OcfError } from '../../lib/ocf/error.ts';
import type { Domain, XenContext } from './domain.ts';
import { targetOf } from './other-end.ts';
import { endTransportOf } from './transport.ts';

/** How long a migration may have no domain here, in milliseconds: ssh has connected by then, or given up the link. */
const patienceMs = 15_000;

/**
 * Waits until no migration may still bring the domain, where the cluster knows of one to this node that did not end. A
 * receiver that has only begun, or waits until another domain is built, has no domain that `xl list` could show, and an
 * `xl migrate` whose agent died has perhaps not connected yet. Either would make it after a stop has said that there is
 * none. A receiver that never shows a domain loses its transport.
 */
export async function awaitArrival(domain: Domain, context: XenContext): Promise<void> {
  const { deadline, log, host } = context;
  const open = await openSources(context);
  if (open?.length === 0) return;
  const limit = deadline.within(Math.min(patienceMs, deadline.remaining() / 2));
  const unclear = () => domain.processes().receivingAny;
  let senders = open ?? [];
  let waits = false;
  let isClear = false;
  const look = ({ kind }: VmState) => {
    // The senders are asked first: a receiver of one that has ended meanwhile is seen here.
    if (kind === 'absent' && unclear().length === 0)
      senders = senders.filter((source) => maySend(source, domain, context, limit));
    isClear = kind !== 'absent' || (senders.length === 0 && unclear().length === 0);
    if (!isClear && !waits) log.info(`${domain.label}: a migration to this node may still arrive`);
    waits ||= !isClear;
    return isClear;
  };
  await domain.lookUntil(look, limit);
  if (isClear) return;
  for (const receiver of unclear()) endTransportOf(receiver, domain, host, log);
  await domain.lookUntil(look, deadline.within(Math.min(5000, deadline.remaining() / 2)));
}

/** The nodes from where a migration of the resource to this node is open; undefined when the cluster does not tell. */
async function openSources({ host, environment, deadline }: XenContext): Promise<readonly string[] | undefined> {
  try {
    const node = environment.nodeName;
    const history = await readMigrations(host.runner, environment.instance, node, deadline.within(5000));
    return openMigrations(history ?? [])
      .filter(({ target }) => node === undefined || target === node)
      .map(({ source }) => source);
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return undefined;
  }
}

/** A node that does not tell is not waited for: without a link it brings nothing, and what it runs is for fencing. */
function maySend(source: string, domain: Domain, context: XenContext, limit: Deadline): boolean {
  try {
    return targetOf(source, context).isSending(domain, limit) === true;
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    return false;
  }
}
