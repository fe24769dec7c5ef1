import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks, shellCommands } from './documented.ts';

/** A page for users. */
interface Page {
  readonly file: string;
  /** What it tells to type, in order. */
  readonly commands: readonly string[];
  /** What it tells to write, by path. */
  readonly files: ReadonlyMap<string, string>;
}

/** README.md and all of docs, but for what stands in blocks `console`, which a test of its own follows. */
export function documentedPages(): Page[] {
  const docs = readdirSync('docs', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return ['README.md', ...docs.map((name) => join('docs', name)).sort()].map((file) => {
    const blocks = fencedBlocks(readFileSync(file, 'utf8'));
    const files = blocks.flatMap(({ info, text }): [string, string][] =>
      info.startsWith('file ') ? [[info.slice('file '.length), text]] : [],
    );
    return {
      file,
      commands: blocks.filter(({ info }) => info === '' || info === 'sh').flatMap(({ text }) => shellCommands(text)),
      files: new Map(files),
    };
  });
}
