import { readFileSync } from 'node:fs';
import { type Config, ConfigSyntaxError, configText, parseConfig } from '../../lib/hypervisor/xen/xl-config.ts';
import { badArguments, notInstalled } from '../../lib/ocf/error.ts';

/**
 * Reads a configuration file of xl.
 *
 * @throws OcfError exit 5 when it cannot be read on this node, exit 2 when its syntax is wrong.
 */
export function readConfig(file: string): Config {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw notInstalled(
      `xmfile ${file} cannot be read on this node (${why})`,
      'put the file there, or mount the storage that holds it',
    );
  }
  try {
    return parseConfig(text);
  } catch (error) {
    if (!(error instanceof ConfigSyntaxError)) throw error;
    throw badArguments(
      `xmfile ${file} is no xl configuration: ${error.message}`,
      `correct the file; xl -N create ${file} checks it`,
    );
  }
}

/** The name of the domain that a configuration file sets; undefined when it sets none. Throws as readConfig does. */
export function configuredName(file: string): string | undefined {
  return configText(readConfig(file), 'name');
}
