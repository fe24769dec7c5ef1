import type { Deadline } from '../../ocf/deadline.ts';
import { isDigits } from '../../system/letters.ts';
import type { Process } from '../../system/process-table.ts';
import { lastWords, type Runner, type RunResult } from '../../system/runner.ts';
import type { VmState } from '../vm-state.ts';
import { type DomainProcesses, daemonOf } from './domain-processes.ts';
import { type DomainRow, parseDomainList } from './xl-list.ts';

/** What a look at one domain needs. */
export interface Look {
  readonly runner: Runner;
  readonly name: string;
  /** The domain's processes, by its id where it is known; asked for only where `xl list` alone does not tell. */
  readonly processes: (id?: number) => DomainProcesses;
  /** The domain id of the last look: a domain that lost its name while it dies is known by it. */
  readonly lastId?: number | undefined;
}

/** The names that xl gives a domain while it migrates (tools/xl/xl_migrate.c). */
export const incomingName = (name: string) => `${name}--incoming`;
export const migratedAwayName = (name: string) => `${name}--migratedaway`;

/**
 * The state of a domain as xl tells it: one `xl list NAME`, and a second look at the whole list on anything but a
 * clean answer.
 *
 * `xl list NAME` exits with 1 for "no such domain" and for every error alike, and it finds a domain only under its
 * final name. So an absence counts only when the whole list came through, with domain 0 in it by its name, and holds
 * no copy of the domain under any of its names.
 */
export function lookAtDomain(look: Look, deadline: Deadline): VmState {
  // xl takes a name of digits for a domain id: such a domain is found in the whole list only.
  if (!isDigits(look.name)) {
    const first = look.runner.query('xl', ['list', look.name], deadline);
    if (first.outcome === 'missing') return missing;
    const row = onlyRow(first, look.name);
    if (row !== undefined) return stateOfRow(row, look);
  }
  return lookInList(look, deadline);
}

/** The same by the whole list alone: one question for a domain that is hardly there under its own name. */
export const lookInList = (look: Look, deadline: Deadline): VmState =>
  stateInList(look.runner.query('xl', ['list'], deadline), look);

/** The state of a domain in the answer of `xl list` without a name. */
export function stateInList(answer: RunResult, look: Omit<Look, 'runner'>): VmState {
  if (answer.outcome === 'missing') return missing;
  const rows = completeList(answer);
  if ('why' in rows) return { kind: 'unknown', why: rows.why, notInstalled: false };
  const named = (name: string) => rows.find((row) => row.name === name);
  const own = named(look.name);
  if (own !== undefined) return stateOfRow(own, look);
  const away = named(migratedAwayName(look.name));
  if (away !== undefined) {
    return { kind: 'migrated-away', id: away.id, inProgress: look.processes(away.id).leaving.length > 0 };
  }
  const incoming = named(incomingName(look.name));
  if (incoming !== undefined) {
    const inProgress = look.processes(incoming.id).receiving.length > 0;
    return { kind: 'incoming', id: incoming.id, memoryMiB: incoming.memoryMiB, inProgress };
  }
  const nameless = rows.filter((row) => row.name === '(null)');
  if (nameless.some(({ id }) => id === look.lastId)) return { kind: 'dying', id: look.lastId ?? 0 };
  // A domain is nameless for a moment while it is built or taken apart. One that stays so may be any domain.
  const living = nameless.find(({ flags }) => !flags.dying);
  if (living !== undefined) {
    return {
      kind: 'unknown',
      why: `domain ${living.id} has no name in xl list and may be this one`,
      notInstalled: false,
    };
  }
  // A daemon that watches over another domain, made from the same file under another name, brings nothing back.
  const keepsAnother = (keeper: Process) => named(daemonOf(keeper) ?? '') !== undefined;
  return look.processes().keepers.every(keepsAnother) ? { kind: 'absent' } : { kind: 'rebooting' };
}

/** All domains of this node; `why` when xl gave no answer that can be relied on. */
export function completeList(answer: RunResult): readonly DomainRow[] | { readonly why: string } {
  if (answer.outcome !== 'exited' || answer.code !== 0) return { why: `xl list failed: ${lastWords(answer)}` };
  const list = parseDomainList(answer.stdout);
  if ('problem' in list) return { why: `xl list was not understood: ${list.problem}` };
  // Seen on Xen 4.17 during a migration: a list without any domain. Domain 0, where xl runs, is always there.
  const domain0 = list.rows.find(({ id }) => id === 0);
  if (domain0 === undefined) return { why: 'xl list was not complete: domain 0 is not in it' };
  // Names come from xenstore. Where xl cannot reach it, every name is `(null)`, exit code 0 and nothing on stderr, and
  // `xl list NAME` has the very words of an absent domain (seen on Xen 4.17).
  if (domain0.name === '(null)') return { why: 'xl list shows no names: xenstore does not answer' };
  return list.rows;
}

const missing: VmState = { kind: 'unknown', why: 'xl is not installed', notInstalled: true };

function onlyRow(answer: RunResult, name: string): DomainRow | undefined {
  if (answer.outcome !== 'exited' || answer.code !== 0) return undefined;
  const list = parseDomainList(answer.stdout);
  if ('problem' in list) return undefined;
  const [row, another] = list.rows;
  return row?.name === name && another === undefined ? row : undefined;
}

/** The state of a domain that is in the list under its own name. */
export function stateOfRow({ id, memoryMiB, vcpus, flags }: DomainRow, look: Pick<Look, 'processes'>): VmState {
  if (flags.dying) return { kind: 'dying', id };
  switch (flags.stopped) {
    case 'none':
      // Without a virtual CPU it is being built: by its xl, at creation or at a reboot, or by one that was killed.
      if (vcpus === 0) return beingBuilt(look) ? { kind: 'rebooting', id } : { kind: 'half-built', id };
      // `------` is a runnable guest that waits for a CPU, seen right after create and on busy hosts.
      return flags.paused ? { kind: 'paused', id } : { kind: 'running', id, memoryMiB, vcpus };
    case 'suspend':
      return { kind: 'suspending', id, inProgress: look.processes(id).leaving.length > 0 };
    case 'crash':
    case 'watchdog':
      return { kind: 'crashed', id };
    case 'reboot':
      return look.processes().keepers.length > 0
        ? { kind: 'rebooting', id }
        : { kind: 'shutdown', id, cleanedUp: false };
    default:
      return { kind: 'shutdown', id, cleanedUp: look.processes().keepers.length > 0 };
  }
}

function beingBuilt({ processes }: Pick<Look, 'processes'>): boolean {
  const { keepers, starting } = processes();
  return keepers.length > 0 || starting.length > 0;
}
