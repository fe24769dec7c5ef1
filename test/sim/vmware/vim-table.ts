import { vmwareHost } from './settings.ts';

const titles = ['Vmid', 'Name', 'File', 'Guest OS', 'Version', 'Annotation'];

/** The table of vmsvc/getallvms: each column as wide as its content. Later versions centre the names over it. */
export function vmTable(rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const isNew = vmwareHost().vimCmd === 'esxi';
  const line = (cells: readonly string[]) => `${cells.join(isNew ? '   ' : ' ')}\n`;
  const left = (cells: readonly string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0));
  const centred = titles.map((title, column) => {
    const width = widths[column] ?? 0;
    return title.padStart(title.length + Math.floor((width - title.length) / 2)).padEnd(width);
  });
  return line(isNew ? centred : left(titles)) + rows.map((row) => line(left(row))).join('');
}
