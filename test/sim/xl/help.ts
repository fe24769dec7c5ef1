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

/** `xl help COMMAND`: only migrate's help is known, because drivers read from it what xl can do. */
export function help(args: readonly string[]): number {
  out(args[0] === 'migrate' ? migrate : 'Usage xl [-vfNtT] <subcommand> [args]\n');
  return 0;
}
