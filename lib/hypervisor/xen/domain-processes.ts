import { baseName } from '../../system/base-name.ts';
import type { Process } from '../../system/process-table.ts';

/** The processes of this node that belong to one domain. */
export interface DomainProcesses {
  /** The lasting `xl` of a domain: it carries out on_reboot and on_crash, and ends with the domain. */
  readonly keepers: readonly Process[];
  /** `xl create` or `xl restore` that has not finished yet. */
  readonly starting: readonly Process[];
  /** `xl migrate` or `xl save` of this domain. */
  readonly leaving: readonly Process[];
  /** `xl migrate-receive` that has not finished, without those that are known to receive another domain. */
  readonly receiving: readonly Process[];
  /** Those of them that do not show yet, or any more, which domain they receive. */
  readonly receivingAny: readonly Process[];
  /** The device model of an HVM domain. */
  readonly models: readonly Process[];
}

/**
 * Finds a domain's processes.
 *
 * `xl create` stays behind as a daemon whose standard output is /var/log/xen/xl-NAME.log (tools/xl/xl_utils.c,
 * do_daemonize); the receiver of a migration likewise, under the name that the domain had while it arrived.
 *
 * @param id the domain's id, where it is known: xl takes it in place of the name.
 */
export function domainProcesses(
  all: readonly Process[],
  name: string,
  configFile?: string,
  id?: number,
): DomainProcesses {
  const xl = all.filter(({ args }) => baseName(args[0] ?? '') === 'xl');
  const verb = (process: Process) => process.args.slice(1).find((word) => !word.startsWith('-'));
  const isDaemon = (process: Process) => daemonOf(process) !== undefined;
  const namesUs = ({ args }: Process) => configFile !== undefined && args.includes(configFile);
  const isUs = (word: string | undefined) => word === name || (id !== undefined && word === String(id));
  const receivers = xl
    .filter((process) => verb(process) === 'migrate-receive' && !isDaemon(process))
    .map((process) => ({ process, received: receivedId(process, all) }));
  return {
    keepers: xl.filter((process) => daemonOf(process) === name || (isDaemon(process) && namesUs(process))),
    starting: xl.filter(
      (process) => ['create', 'restore'].includes(verb(process) ?? '') && !isDaemon(process) && namesUs(process),
    ),
    leaving: xl.filter(
      (process) =>
        (verb(process) === 'migrate' && isUs(process.args.at(-2))) ||
        (verb(process) === 'save' && process.args.some(isUs)),
    ),
    receiving: receivers
      .filter(({ received }) => id === undefined || received === undefined || received === id)
      .map(({ process }) => process),
    receivingAny: receivers.filter(({ received }) => received === undefined).map(({ process }) => process),
    models: all.filter(
      ({ args }) => /^qemu-/.test(baseName(args[0] ?? '')) && args[args.indexOf('-name') + 1]?.split(',')[0] === name,
    ),
  };
}

/** The domain whose daemon a process is, by its log, which may have been rotated or removed; else undefined. */
export function daemonOf({ output }: Process): string | undefined {
  return /^xl-(.+?)(?:--incoming)?\.log(?:[.-]\d+)?(?: \(deleted\))?$/.exec(baseName(output))?.[1];
}

/** The id of the domain that a receiver restores, which its helper is told; undefined before and after the copy. */
function receivedId(receiver: Process, all: readonly Process[]): number | undefined {
  const helper = all.find(
    ({ parent, args }) => parent === receiver.pid && baseName(args[0] ?? '') === 'libxl-save-helper',
  );
  const at = helper?.args.indexOf('--restore-domain') ?? -1;
  // --restore-domain IO_FD SEND_BACK_FD DOMID … (tools/libs/light/libxl_save_callout.c)
  return at < 0 ? undefined : Number(helper?.args[at + 3]);
}
