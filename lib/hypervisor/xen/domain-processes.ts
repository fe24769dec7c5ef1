import { basename } from 'node:path';
import type { Process } from '../../system/process-table.ts';

/** The processes of this node that belong to one domain. */
export interface DomainProcesses {
  /** The lasting `xl` of a domain: it carries out on_reboot and on_crash, and ends with the domain. */
  readonly keepers: readonly Process[];
  /** `xl create` or `xl restore` that has not finished yet. */
  readonly starting: readonly Process[];
  /** `xl migrate` or `xl save` of this domain. */
  readonly leaving: readonly Process[];
  /** `xl migrate-receive` in its handshake with a sender; which domain it receives cannot be told from outside. */
  readonly receiving: readonly Process[];
  /** The device model of an HVM domain. */
  readonly models: readonly Process[];
}

/**
 * Finds a domain's processes.
 *
 * `xl create` stays behind as a daemon whose standard output is /var/log/xen/xl-NAME.log (tools/xl/xl_utils.c,
 * do_daemonize); the receiver of a migration likewise, under the name that the domain had while it arrived.
 */
export function domainProcesses(all: readonly Process[], name: string, configFile?: string): DomainProcesses {
  const xl = all.filter(({ args }) => basename(args[0] ?? '') === 'xl');
  const verb = (process: Process) => process.args.slice(1).find((word) => !word.startsWith('-'));
  const logs = [`xl-${name}.log`, `xl-${name}--incoming.log`];
  const isOurs = ({ output }: Process) => logs.includes(basename(output));
  const isDaemon = ({ output }: Process) => /^xl-.*\.log(\.\d+)?$/.test(basename(output));
  const namesUs = ({ args }: Process) => configFile !== undefined && args.includes(configFile);
  return {
    keepers: xl.filter((process) => isOurs(process) || (isDaemon(process) && namesUs(process))),
    starting: xl.filter(
      (process) => ['create', 'restore'].includes(verb(process) ?? '') && !isDaemon(process) && namesUs(process),
    ),
    leaving: xl.filter(
      (process) =>
        (verb(process) === 'migrate' && process.args.at(-2) === name) ||
        (verb(process) === 'save' && process.args.includes(name)),
    ),
    receiving: xl.filter((process) => verb(process) === 'migrate-receive' && !isDaemon(process)),
    models: all.filter(
      ({ args }) => /^qemu-/.test(basename(args[0] ?? '')) && args[args.indexOf('-name') + 1]?.split(',')[0] === name,
    ),
  };
}
