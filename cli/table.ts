import stringWidth from 'string-width';
import { printable } from './printable.ts';

/** A cell: its text, and what makes it stand out on a terminal. */
export type Cell = string | { readonly text: string; readonly style: (text: string) => string };

/** Lays out rows under headings, columns as wide as their widest cell, two blanks apart. */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const plain = (cell: Cell | undefined) => printable(typeof cell === 'object' ? cell.text : (cell ?? ''));
  const widths = headings.map((heading, column) =>
    Math.max(stringWidth(heading), ...rows.map((row) => stringWidth(plain(row[column])))),
  );
  const line = (row: readonly Cell[]) => {
    const cells = headings.map((_, column) => {
      const text = plain(row[column]);
      const cell = row[column];
      const padding = column === headings.length - 1 ? '' : ' '.repeat((widths[column] ?? 0) - stringWidth(text) + 2);
      return `${typeof cell === 'object' ? cell.style(text) : text}${padding}`;
    });
    return `${cells.join('').trimEnd()}\n`;
  };
  return [headings, ...rows].map(line).join('');
}
