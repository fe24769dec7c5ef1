import { failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { type AddressContext, publicationOf } from './publication.ts';

/**
 * Monitor and probe. The monitor mends what it finds: it withdraws an address that is lost, publishes one that is back,
 * and writes again what somebody took away.
 */
export async function monitor(context: AddressContext): Promise<Exit> {
  const { environment, parameters } = context;
  const publication = publicationOf(context);
  const facts = publication.memory.read();
  if (facts === undefined) return exit.notRunning;
  if (environment.isProbe) {
    // The cluster has forgotten a transient attribute while it was down here: only a start publishes it again at once.
    const isForgotten = facts.address !== undefined && publication.current() === undefined;
    return isForgotten ? exit.notRunning : exit.success;
  }
  const found = await renewOrDegrade(publication);
  if ('address' in found) return exit.success;
  const reason = `${environment.instance}: ${parameters.attribute} is withdrawn: ${found.loss}`;
  const remedy = 'no VM migrates live to this node until it is back';
  throw parameters.loss_is_failure ? failed(reason, remedy) : new OcfError(exit.degraded, reason, remedy);
}

/** A cluster or an `ip` that gives no answer is no loss of the address: nothing is restarted for it. */
async function renewOrDegrade(publication: ReturnType<typeof publicationOf>) {
  try {
    return await publication.renew();
  } catch (error) {
    if (!(error instanceof OcfError) || error.exit !== exit.generic) throw error;
    throw new OcfError(exit.degraded, error.message, error.remedy);
  }
}
