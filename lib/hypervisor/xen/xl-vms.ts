import { basename } from 'node:path';
import type { Deadline } from '../../ocf/deadline.ts';
import type { Process } from '../../system/process-table.ts';
import type { Runner, RunResult } from '../../system/runner.ts';
import type { FoundVm, FoundVms } from '../found-vm.ts';
import { daemonOf, domainProcesses } from './domain-processes.ts';
import type { DomainRow } from './xl-list.ts';
import { completeList, incomingName, migratedAwayName, stateOfRow } from './xl-look.ts';

/** All domains of this node but domain 0: one `xl list -v`. */
export async function listDomains(
  runner: Runner,
  processes: () => readonly Process[],
  deadline: Deadline,
): Promise<FoundVms> {
  return domainsIn(await runner.perform('xl', ['list', '-v'], deadline), processes());
}

/** The domains in an answer of `xl list -v`, judged with the processes of the node. */
export function domainsIn(answer: RunResult, processes: readonly Process[]): FoundVms {
  if (answer.outcome === 'missing') return { problem: 'xl is not installed', notInstalled: true };
  const { table, uuids } = splitVerbose(answer.stdout);
  const rows = completeList({ ...answer, stdout: table });
  if ('why' in rows) return { problem: rows.why, notInstalled: false };
  const vms = rows
    .filter(({ id }) => id !== 0)
    .map((row) => ({ ...domainOf(row, processes), uuid: uuids.get(row.id) }));
  const listed = new Set(vms.map(({ vm }) => vm));
  // A guest that reboots has no domain for about a second, and its daemon lives on.
  const daemons = new Map(processes.filter(isDaemon).map((process) => [daemonOf(process) ?? '', process]));
  const rebooting = [...daemons].filter(([name]) => !listed.has(name));
  return {
    vms: [
      ...vms,
      ...rebooting.map(([name, process]) => found(name, name, 'rebooting', true, { config: createdFrom(process) })),
    ],
  };
}

const isDaemon = (process: Process) =>
  basename(process.args[0] ?? '') === 'xl' && daemonOf(process) !== undefined && createdFrom(process) !== undefined;

/** No row of `xl list -v` is longer. The time that the patterns take grows with the square of a run of blanks. */
const longestRow = 1000;

/**
 * Takes the columns of `-v` off `xl list`: the UUID by the domain's id, and the table as without `-v`. A line that has
 * them not stays as it is, and is judged by the parser of that table.
 */
export function splitVerbose(stdout: string): { readonly table: string; readonly uuids: ReadonlyMap<number, string> } {
  const uuids = new Map<number, string>();
  const lines = stdout.split('\n').map((line, index) => {
    if (line.length > longestRow) return line;
    if (index === 0) return line.replace(/\s+UUID\s+Reason-Code\s+Security Label\s*$/, '');
    const [, row, uuid = ''] = /^(.*\S)\s+([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s+\S+\s+\S.*$/.exec(line) ?? [];
    if (row === undefined) return line;
    // NAME ID MEM VCPUS STATE TIME, from the right: a name may hold anything.
    const id = row.split(/\s+/).at(-5);
    uuids.set(Number(id), uuid);
    return row;
  });
  return { table: lines.join('\n'), uuids };
}

function domainOf(row: DomainRow, all: readonly Process[]): FoundVm {
  const of = (name: string) => domainProcesses(all, name, undefined, row.id);
  const facts = { memoryMiB: row.memoryMiB, vcpus: row.vcpus, id: String(row.id) };
  if (row.name === '(null)') {
    // A domain is nameless for a moment while it is built or taken apart.
    return found('', row.name, row.flags.dying ? 'dying' : 'nameless', row.flags.dying, facts);
  }
  const [arriving, leaving] = [
    withoutSuffix(row.name, incomingName('')),
    withoutSuffix(row.name, migratedAwayName('')),
  ];
  if (arriving !== undefined) {
    return found(arriving, row.name, 'incoming', of(arriving).receiving.length > 0, facts);
  }
  if (leaving !== undefined) {
    return found(leaving, row.name, 'migrated-away', of(leaving).leaving.length > 0, facts);
  }
  const state = stateOfRow(row, { processes: () => of(row.name) });
  const passes = state.kind === 'rebooting' || state.kind === 'dying' || ('inProgress' in state && state.inProgress);
  const [keeper] = of(row.name).keepers;
  const config = keeper === undefined ? undefined : createdFrom(keeper);
  return found(row.name, row.name, state.kind, passes, { ...facts, config });
}

const withoutSuffix = (name: string, suffix: string) =>
  name.endsWith(suffix) && name.length > suffix.length ? name.slice(0, -suffix.length) : undefined;

const found = (
  vm: string,
  shown: string,
  state: FoundVm['state'],
  inProgress: boolean,
  facts: Partial<FoundVm>,
): FoundVm => ({ toolstack: 'xl', vm, shown, state, inProgress, ...facts });

/** The file that a daemon made its domain from: `xl create [OPTIONS] FILE [OVERRIDES]`; undefined for a receiver. */
function createdFrom({ args }: Process): string | undefined {
  const words = args.slice(1).filter((word) => !word.startsWith('-'));
  return words[0] === 'create' ? words[1] : undefined;
}
