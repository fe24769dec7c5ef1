import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './agent.ts';
import { cache } from './cache.ts';
import type { Point, Victim } from './held-migration.ts';

/** Measured tables for the documentation; a newer row replaces an older one of the same interruption. */
const tables = {
  agent: {
    file: join(cache, 'interrupted-migrations.md'),
    head: '| interrupted at | by the end of | runs on | migrate_to | seconds | reason |\n|---|---|---|---|---|---|',
  },
  cluster: {
    file: join(cache, 'interrupted-migrations-cluster.md'),
    head: '| interrupted at | by the end of | in the end | failed actions |\n|---|---|---|---|',
  },
};

/** Keeps what the agent made of an interrupted migration; `end` is the host that runs the guest, empty if none does. */
export function rememberAnswer(point: Point, victim: Victim, outcome: Outcome, end: string): void {
  const { code, seconds, reason } = outcome;
  addRow('agent', [point, victim, end === '' ? '**nowhere**' : end, String(code), String(Math.round(seconds)), reason]);
}

/** Keeps what the cluster made of it. */
export function rememberRecovery(point: Point, victim: string, end: string, failures: readonly string[]): void {
  addRow('cluster', [point, victim, end, failures.join('; ')]);
}

function addRow(table: keyof typeof tables, cells: readonly string[]): void {
  const { file, head } = tables[table];
  const begin = `| ${cells[0]} | ${cells[1]} |`;
  const old = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(2) : [];
  const rows = [...old.filter((line) => !line.startsWith(begin)), `| ${cells.join(' | ')} |`].sort();
  writeFileSync(file, `${head}\n${rows.join('\n')}\n`);
}
