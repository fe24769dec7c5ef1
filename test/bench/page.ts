import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const docs = join(import.meta.dirname, '../../docs');
const page = join(docs, 'performance.md');

/** The machine as a reader needs it to judge figures. */
export const machine = () =>
  `${cpus().length} processors ${cpus()[0]?.model.trim() ?? ''}, ${Math.round(totalmem() / 2 ** 30)} GiB`;

/**
 * Puts generated text into docs/performance.md, between `<!-- generated NAME -->` and `<!-- end NAME -->`, with the command
 * and the machine that made it.
 */
export async function writePart(name: string, command: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- generated ${name} -->`, `<!-- end ${name} -->`];
  const before = await readFile(page, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`);
  const by = `\`${command}\` on ${machine()}:`;
  await writeFile(page, `${before.slice(0, from)}${begin}\n\n${by}\n\n${text.trim()}\n\n${before.slice(to)}`);
}

/** Writes a picture beside the page; its name there. */
export async function writePicture(name: string, svg: string): Promise<string> {
  const file = `performance-${name}.svg`;
  await writeFile(join(docs, file), svg);
  return file;
}

/** A table in Markdown; columns of numbers are aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = (column: number) => rows.every((row) => /^(?:[\d.]+)?$/.test(row[column] ?? ''));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [head, head.map((_, column) => (isNumber(column) ? '---:' : '---')), ...rows].map(line).join('');
}
