import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './agent.ts';
import { cache } from './cache.ts';
import type { Point, Victim } from './held-migration.ts';

export const tableFile = join(cache, 'interrupted-migrations.md');

/** One interrupted migration, as it was measured. */
export interface MeasuredRow {
  readonly point: Point;
  readonly victim: Victim;
  readonly outcome: Outcome;
  /** The host that runs the guest afterwards; empty if none does. */
  readonly end: string;
}

/** Keeps a row for the table of the documentation, .cache/xen/interrupted-migrations.md; a newer one replaces it. */
export function rememberRow({ point, victim, outcome, end }: MeasuredRow): void {
  const begin = `| ${point} | ${victim} |`;
  const row = `${begin} ${end === '' ? '**nowhere**' : end} | ${outcome.code} | ${Math.round(outcome.seconds)} | ${outcome.reason} |`;
  const rows = [...readRows().filter((line) => !line.startsWith(begin)), row].sort();
  const head =
    '| interrupted at | by the end of | runs on | migrate_to | seconds | reason |\n|---|---|---|---|---|---|\n';
  writeFileSync(tableFile, `${head}${rows.join('\n')}\n`);
}

function readRows(): string[] {
  try {
    return readFileSync(tableFile, 'utf8')
      .split('\n')
      .filter((line) => /^\| (copy|ready|go|report) /.test(line));
  } catch {
    return [];
  }
}
