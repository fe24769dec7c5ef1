import { incomingName, migratedAwayName } from '../../lib/hypervisor/xen/xl-look.ts';
import { quoteWord } from '../../lib/system/shell-words.ts';

/** What a target says before it begins to receive: no reason of a failure. */
export const sayingClear = 'ocf-virt: no copy of the domain is here';

/**
 * The ssh command for `xl migrate -s`, at whose other end a look at `xl list` comes before the receiver: one connection
 * for both, because with a small VM a connection takes longer than all else. Until the receiver has said its banner
 * nothing has happened to the domain, so a target that is not clear fails the migration and nothing more.
 *
 * xl appends ` HOST xl migrate-receive` and hands all of it to `sh -c` (tools/xl/xl_migrate.c, main_migrate).
 *
 * @param ssh every word quoted for a shell.
 */
export function lookingFirst(ssh: string, name: string): string {
  const there = `sh -c ${quoteWord(receiveIfClear(name))} sh`;
  return `sh -c ${quoteWord(`to=$1; shift; exec ${ssh} "$to" ${quoteWord(there)}" $*"`)} sh`;
}

/** Whether a line is that. What the target's sshd or shell says before may lack its line end. */
export const isSayingClear = (line: string) => line.trimEnd().endsWith(sayingClear);

/**
 * Whether a migration has begun, by what `xl migrate` has printed: the target has said that no copy is there, or, should its
 * words be lost, xl has begun to send (save_domain_core_writeconfig in tools/xl/xl_vmcontrol.c). Before, nothing has happened
 * to the domain.
 */
export const hasBegun = (output: string) =>
  output.split('\n').some((line) => isSayingClear(line) || line.startsWith('Saving to migration stream'));

/**
 * A script that runs its arguments where a whole list, with domain 0 in it, has neither a copy of the domain nor a domain
 * without a name. Everything else is for the agent to understand: a toolstack that fails, a domain that arrives just now.
 *
 * Within 4 s: a target on which a stop waits for this migration gives it 15 s to show, and ssh may take 10 s of them.
 */
function receiveIfClear(name: string): string {
  const copies = [name, incomingName(name), migratedAwayName(name), '(null)'].map((one) => `${quoteWord(`${one} `)}*`);
  return [
    'all=$(timeout 4 xl list </dev/null)',
    `printf '%s\\n' "$all" | { zero=; while IFS= read -r row; do case $row in ${copies.join('|')}) exit 1;; 'Domain-0 '*) zero=1;; esac; done; test "$zero"; }`,
    `echo '${sayingClear}' >&2`,
    'exec "$@"',
  ].join(' && ');
}
