import { OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { type AddressContext, publicationOf } from './publication.ts';

/**
 * Withdraws the address. It never fails: a failed stop gets the node fenced with all its VMs, and an attribute that stays
 * does less harm than that.
 */
export async function stop(context: AddressContext): Promise<Exit> {
  try {
    const publication = publicationOf(context);
    try {
      await publication.withdraw();
    } finally {
      publication.memory.forget();
    }
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    context.log.warn(`${error.message}; ${context.parameters.attribute} may stay set: ${error.remedy}`);
  }
  return exit.success;
}
