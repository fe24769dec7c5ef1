import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Outcome } from './agent.ts';
import { cache } from './cache.ts';
import { domains } from './guest.ts';
import { type Point, points, type Victim, victims } from './held-migration.ts';
import type { Host } from './host.ts';

/** One row of the table in docs/interrupted-migrations.md, as the last tests measured it. */
interface Row {
  /** What Xen left on both hosts, before anybody looked. */
  readonly source?: string;
  readonly target?: string;
  readonly migrateTo?: string;
  /** Where the guest runs once migrate_to has answered. */
  readonly runsOn?: string;
  readonly cluster?: string;
}

/** Whether the rows are measured for the documentation: all of them, and by the cluster as well. */
export const documents = process.env['XEN_DOCUMENT'] !== undefined;

const file = (ending: string) => join(cache, `interrupted-migrations.${ending}`);

/** The domains of a host with their states, as `xl list` has them. */
export async function domainsShown(host: Host): Promise<string> {
  const rows = (await domains(host)).map(
    ({ name, state }) => `${name} \`${/^[-rb]{6}$/.test(state) ? 'runs' : state}\``,
  );
  return rows.join(', ') || 'nothing';
}

/** Puts the measured table into its page of the documentation. */
export function documentTable(): void {
  const page = resolve(import.meta.dirname, '../../docs/interrupted-migrations.md');
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(/(^\|.*\n)+/m, () => readFileSync(file('md'), 'utf8')),
  );
}

/** Keeps what the agent made of an interrupted migration; without an outcome it was killed itself. */
export function rememberAnswer(
  point: Point,
  victim: Victim,
  names: readonly [source: string, target: string],
  row: {
    readonly source: string;
    readonly target: string;
    readonly outcome?: Outcome;
    readonly runsAt: readonly string[];
  },
): void {
  const { source, target, outcome, runsAt } = row;
  const [where = 'nowhere', another] = runsAt;
  addTo(point, victim, {
    source,
    target,
    migrateTo: outcome === undefined ? 'killed' : inShort(outcome, names),
    runsOn: another === undefined ? where : '**both**',
  });
}

/** Keeps what the cluster made of it. */
export function rememberRecovery(point: Point, victim: Victim, cluster: string): void {
  addTo(point, victim, { cluster });
}

/** The exit code and the reason, without the advice and without the words of xl, which differ from run to run. */
function inShort({ code, reason }: Outcome, [source, target]: readonly [string, string]): string {
  const text = reason
    .replace(/^h1:? /, '')
    .replaceAll(new RegExp(`${target}(-migration)?( \\(${target}-migration\\))?`, 'g'), 'the target')
    .replaceAll(source, 'the source')
    .replace(/[.;] (try the transport|the cluster stops|as root).*/i, '')
    .replace(/(not migrated to the target): .*?( \(it had been left suspended and was resumed\))?$/, '$1$2')
    .replace(/ failed \(.*?\): (?=nothing is left here|here it)/, ' failed: ')
    .replaceAll('|', '\\|');
  return text === '' ? String(code) : `${code}: ${text}`;
}

function addTo(point: Point, victim: Victim, cells: Row): void {
  const rows: Record<string, Row> = existsSync(file('json')) ? JSON.parse(readFileSync(file('json'), 'utf8')) : {};
  const key = `${point} ${victim}`;
  rows[key] = { ...rows[key], ...cells };
  writeFileSync(file('json'), `${JSON.stringify(rows, null, 2)}\n`);
  const lines = points.flatMap((at) =>
    victims
      .filter((by) => rows[`${at} ${by}`] !== undefined)
      .map((by) => {
        const { source = '', target = '', migrateTo = '', runsOn = '', cluster = '–' } = rows[`${at} ${by}`] ?? {};
        return `| ${[at, by, source, target, migrateTo, runsOn, cluster].join(' | ')} |`;
      }),
  );
  const head =
    '| at | ended | left at the source | left at the target | migrate_to answers | the guest then runs | the cluster |';
  writeFileSync(file('md'), `${[head, '|---|---|---|---|---|---|---|', ...lines].join('\n')}\n`);
}
