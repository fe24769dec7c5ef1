import { statSync } from 'node:fs';
import { notInstalled } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { readConfig } from './config.ts';
import type { XenContext } from './domain.ts';

/**
 * validate-all. At level 0 only the parameters, which were checked before this is called, because OCF 1.1 forbids it
 * to look at the node; from level 10 the node too: the configuration file, xl, the folder of images, the scripts.
 */
export async function validate(context: XenContext): Promise<Exit> {
  const { environment, parameters, host, deadline } = context;
  if (environment.checkLevel < 10) return exit.success;
  readConfig(parameters.xmfile);
  if (host.runner.query('xl', ['help'], deadline).outcome === 'missing') {
    throw notInstalled('xl is not installed', 'install the Xen tools (xen-utils) on this node');
  }
  const files = [parameters.save_directory, ...(parameters.monitor_scripts?.split(/\s+/) ?? [])];
  for (const file of files) {
    if (file !== undefined && file !== '' && statSync(file, { throwIfNoEntry: false }) === undefined) {
      throw notInstalled(`${file} is not on this node`, 'put it there, or correct the parameter that names it');
    }
  }
  return exit.success;
}

/** reload-agent: reloadable parameters are read anew by every action, so that a valid set is all it takes. */
export async function reload({ log, environment }: XenContext): Promise<Exit> {
  log.info(`${environment.instance}: the changed parameters are valid from now on`);
  return exit.success;
}
