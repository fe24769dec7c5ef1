import { fs } from '../system/bun.ts';

export const currentFile = 'history.jsonl';

/** The names of the files of a history, oldest first; none when there is no history. */
export function historyFiles(folder: string): readonly string[] {
  let names: string[];
  try {
    names = fs().readdirSync(folder);
  } catch {
    return [];
  }
  const old = names.filter((name) => /^history-\d+\.jsonl$/.test(name)).sort();
  return names.includes(currentFile) ? [...old, currentFile] : old;
}
