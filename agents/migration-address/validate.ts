import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { readAddresses } from '../../lib/system/addresses.ts';
import { checkWanted } from './find.ts';
import type { AddressContext } from './publication.ts';

/** validate-all: the parameters, and from level 10 whether this node can tell its addresses. */
export async function validate({ parameters, environment, host, deadline }: AddressContext): Promise<Exit> {
  checkWanted(parameters);
  if (environment.checkLevel >= 10) readAddresses(host.runner, deadline);
  return exit.success;
}
