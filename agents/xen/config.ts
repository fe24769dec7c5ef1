import { domainNameProblem } from '../../lib/hypervisor/xen/domain-name.ts';
import { type Config, ConfigSyntaxError, configText, parseConfig } from '../../lib/hypervisor/xen/xl-config.ts';
import { badArguments, notInstalled } from '../../lib/ocf/error.ts';
import { readRegularFile } from '../../lib/system/regular-file.ts';

/** No configuration file of xl is longer, in bytes. */
const longestConfig = 1 << 20;

/**
 * Reads a configuration file of xl.
 *
 * @throws OcfError exit 5 when it cannot be read on this node, exit 2 when its syntax is wrong.
 */
export function readConfig(file: string): Config {
  let text: string;
  try {
    text = readRegularFile(file, longestConfig).toString('utf8');
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

/**
 * The name of the domain that a configuration file sets; undefined when it sets none.
 *
 * @throws OcfError as readConfig does; exit 2 when no domain should have such a name.
 */
export function configuredName(file: string): string | undefined {
  const name = configText(readConfig(file), 'name');
  const problem = name === undefined ? undefined : domainNameProblem(name);
  if (problem === undefined) return name;
  throw badArguments(
    `the name ${JSON.stringify(name?.slice(0, 80))} in xmfile ${file} cannot be used: ${problem}`,
    'give the domain another name',
  );
}
