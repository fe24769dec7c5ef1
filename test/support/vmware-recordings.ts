import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunResult } from '../../lib/system/runner.ts';

const folder = join(import.meta.dirname, '../fixtures/vmware');

/** The recorded text of a file in test/fixtures/vmware, without the lines that name its source. */
export function recordedText(file: string): string {
  const text = readFileSync(join(folder, file), 'latin1');
  const mark = text.indexOf('# ---8<---');
  return Buffer.from(text.slice(text.indexOf('\n', mark) + 1), 'latin1').toString('utf8');
}

/** The paragraphs of a recording, each one answer. */
export const recordedParts = (file: string) =>
  recordedText(file)
    .trimEnd()
    .split(/\n\n(?=\S)/);

export const printed = (stdout: string, code = 0): RunResult => ({ outcome: 'exited', code, stdout, stderr: '' });
export const complained = (stderr: string, code = 1): RunResult => ({ outcome: 'exited', code, stdout: '', stderr });
