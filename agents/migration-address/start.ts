import { failed } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { type AddressContext, publicationOf } from './publication.ts';

/**
 * Publishes the address; also as reload-agent, when the parameters have changed. A node that has none at the moment is watched from now on: a failed start would keep the
 * instance off this node also when the link is back.
 */
export async function start(context: AddressContext): Promise<Exit> {
  const { environment, parameters, log } = context;
  const publication = publicationOf(context);
  const found = await publication.renew();
  if ('address' in found) return exit.success;
  const reason = `${environment.instance}: ${parameters.attribute} is not published: ${found.loss}`;
  if (parameters.loss_is_failure) {
    publication.memory.forget();
    throw failed(reason, 'look at the address and the link of the migration network on this node: ip address');
  }
  log.warn(`${reason}; it will be as soon as there is one`);
  return exit.success;
}
