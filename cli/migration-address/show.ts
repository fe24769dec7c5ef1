import { printable } from '../printable.ts';
import { type Cell, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import type { Checked } from './check.ts';

/** The ways as a matrix, one row for each node that they begin at, and below what is wrong. */
export function showWays({ nodes, off, ways, notes }: Checked, name: string | undefined, terminal: Terminal): string {
  const cell = (from: string, to: string): Cell => {
    const way = ways.find((one) => one.from === from && one.to === to);
    if (way === undefined) return { text: '.', style: (text) => terminal.style('dim', text) };
    return { text: way.short, style: (text) => terminal.style(way.isGood ? 'green' : 'red', text) };
  };
  const rows = nodes.map((from) => [from, ...nodes.map((to) => cell(from, to))]);
  const over = name === undefined ? 'the names of the nodes: no resource uses a migration address' : name;
  const reasons = [...new Set(ways.map(({ why }) => why).filter((why) => why !== ''))];
  return [
    `Live migrations over ${over}\n\n`,
    table(['FROM / TO', ...nodes], rows),
    reasons.length + notes.length + off.length === 0 ? '' : '\n',
    ...off.map((node) => `${node} is off, as the cluster knows.\n`),
    ...[...reasons, ...notes].map((line) => `${printable(line)}.\n`),
  ].join('');
}
