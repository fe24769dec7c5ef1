import { OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { type AddressContext, publicationOf } from './publication.ts';

/**
 * Withdraws the address, unless the node is in standby or shuts down: its VMs may be leaving it just now, and a target asks
 * there what is still under way. Besides, a change of an attribute makes Pacemaker end its transition amid their
 * migrations, and version 2.1.5 then takes an earlier migrate_from of the VM for that of this migration, and stops and
 * starts it instead of going on.
 *
 * It never fails: a failed stop gets the node fenced with all its VMs, and an attribute that stays does less harm than that.
 */
export async function stop(context: AddressContext): Promise<Exit> {
  try {
    const publication = publicationOf(context);
    try {
      if (publication.isNodeLeaving())
        context.log.info(`${context.parameters.attribute} stays set: the node is in standby or shuts down`);
      else await publication.withdraw();
    } finally {
      publication.memory.forget();
    }
  } catch (error) {
    if (!(error instanceof OcfError)) throw error;
    context.log.warn(`${error.message}; ${context.parameters.attribute} may stay set: ${error.remedy}`);
  }
  return exit.success;
}
