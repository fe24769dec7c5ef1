import type { Cib } from '../../lib/cluster/cib.ts';
import { nodeNames } from '../cluster-nodes.ts';
import { printable } from '../printable.ts';
import { type Cell, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import {
  addressAttributes,
  addressProblems,
  allAttributes,
  type Kind,
  type Uses,
  usesOf,
  valuesOf,
} from './attributes.ts';

/** A row of the table of attributes. */
export interface Row {
  readonly name: string;
  readonly kind: Kind;
  readonly values: Readonly<Record<string, string | null>>;
  readonly uses: Uses;
}

/** Every attribute of every node, with what uses it; those too that a resource uses and no node has. */
export function attributeRows(cib: Cib): readonly Row[] {
  const found = allAttributes(cib);
  const missing = addressAttributes(cib).filter((name) => !found.some((one) => one.name === name));
  return [...found, ...missing.map((name) => ({ name, kind: 'permanent' as const }))].map(({ name, kind }) => ({
    name,
    kind,
    values: Object.fromEntries([...valuesOf(cib, name, kind)].map(([node, value]) => [node, value ?? null])),
    uses: usesOf(cib, name),
  }));
}

/** The rows as a table: one column a node. */
export function attributeTable(cib: Cib, rows: readonly Row[], terminal: Terminal): string {
  const nodes = nodeNames(cib);
  const headings = ['ATTRIBUTE', 'KIND', ...nodes, 'USED BY'];
  const cells = rows.map(({ name, kind, values, uses }): Cell[] => [
    name,
    kind,
    ...nodes.map((node) => values[node] ?? { text: '-', style: (text: string) => terminal.style('dim', text) }),
    usesText(uses, kind),
  ]);
  return rows.length === 0 ? 'No node has an attribute.\n' : table(headings, cells);
}

/** What uses an attribute, in words. */
export function usesText({ addressOf, publishedBy, rules, capacityFor }: Uses, kind: Kind): string {
  const parts =
    kind === 'utilization'
      ? [['capacity for', capacityFor] as const]
      : [['address for', addressOf] as const, ['published by', publishedBy] as const, ['rule of', rules] as const];
  const text = parts.flatMap(([what, who]) => (who.length === 0 ? [] : [`${what} ${who.join(', ')}`])).join('; ');
  return text === '' ? '-' : text;
}

/** What is wrong with the addresses of these attributes, a line each. */
export function problemLines(cib: Cib, names: readonly string[], terminal: Terminal): readonly string[] {
  return names
    .flatMap((name) => addressProblems(cib, name))
    .map((one) => `${terminal.style('red', printable(one))}.\n`);
}
