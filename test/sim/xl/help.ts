import { out } from '../output.ts';

const migrate = `Usage: xl [-vtTf] migrate [options] <Domain> <host>

Migrate a domain to another host.

Options:

-h              Print this help.
-C <config>     Send <config> instead of config file from creation.
-s <sshcommand> Use <sshcommand> instead of ssh.  String will be passed
                to sh. If empty, run <host> instead of ssh <host> xl
                migrate-receive [-d -e]
-e              Do not wait in the background (on <host>) for the death
                of the domain.
--debug         Print huge (!) amount of debug during the migration process.
-p              Do not unpause domain after migrating it.
-D              Preserve the domain id
`;

const list = `Usage: xl [-vtT] list [options] [Domain]


List information about all/some domains.

Options:

-l, --long              Output all VM details
-v, --verbose           Prints out UUIDs and security context
-Z, --context           Prints out security context
-c, --cpupool           Prints the cpupool the domain is in
-n, --numa              Prints out NUMA node affinity
`;

/** What xl prints without a command; its list of sub-commands is left out. */
export const usage = 'Usage xl [-vfNtT] <subcommand> [args]\n';

const known: Readonly<Record<string, string>> = { migrate, list };

/** How to call a sub-command: known for those that drivers ask for or that a recording shows. */
export const usageOf = (command: string): string => known[command] ?? usage;

/** `xl help [COMMAND]` */
export function help(args: readonly string[]): number {
  out(usageOf(args[0] ?? ''));
  return 0;
}
