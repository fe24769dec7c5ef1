import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../fixtures/xen');

/** One answer of `xl list` in a recording, as xl printed it, with the line end of its last line. */
export interface RecordedTable {
  readonly title: string;
  readonly text: string;
}

/** Every answer in the layout of `xl list` that the recordings hold. */
export function recordedTables(): RecordedTable[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt') && !file.includes('list-v') && !file.includes('vcpu-list'))
    .flatMap((file) => tablesOf(file, readFileSync(join(folder, file), 'utf8')));
}

/** A row ends with its time; nothing else in a recording has a State column. */
const looksLikeRow = (line: string) => / [r-][b-][p-][s-].[d-] +\d+\.\d$/.test(line);

function tablesOf(file: string, text: string): RecordedTable[] {
  const lines = text.split('\n');
  const starts = lines.flatMap((line, at) => (/^Name +ID +Mem VCPUs\tState\tTime\(s\)$/.test(line) ? [at] : []));
  return starts.map((start) => {
    let end = start + 1;
    while (looksLikeRow(lines[end] ?? '')) end += 1;
    return { title: `${file}, line ${start + 1}`, text: `${lines.slice(start, end).join('\n')}\n` };
  });
}
