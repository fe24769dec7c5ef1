import { readFileSync, writeFileSync } from 'node:fs';
import { agents } from '../agents/index.ts';
import { renderMarkdown } from '../lib/render/markdown.ts';

/** Writes the reference pages that derive from the agents' definitions; with `--check`, only says whether they differ. */
const check = process.argv.includes('--check');
for (const [name, load] of Object.entries(agents)) {
  const file = `docs/${name}.md`;
  const text = renderMarkdown(await load());
  if (!check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is not what the agent's definition says: run npx tsx build/docs.ts`);
    process.exitCode = 1;
  }
}
