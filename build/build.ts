import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agents } from '../agents/index.ts';
import { bundle } from './bundle.ts';
import { buildNativeExecutable } from './native.ts';

const agentFolder = 'usr/lib/ocf/resource.d/virt';

/** Builds both forms, each laid out as it installs: `dist/node` and `dist/native`. */
export async function buildAll(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await Promise.all([buildNode('dist/node'), buildNative('dist/native')]);
}

/** One self-contained script a file. */
async function buildNode(root: string): Promise<void> {
  await mkdir(join(root, agentFolder), { recursive: true });
  // The project's package.json says "module"; without this one above them, Node would take the scripts for that.
  await writeFile(join(root, 'package.json'), '{ "type": "commonjs" }\n');
  const names = Object.keys(agents);
  const entries = names.map((name) => ({
    outfile: join(root, agentFolder, name),
    text: `import { agents } from './agents/index.ts';
      import { main } from './lib/agent/main.ts';
      void agents[${JSON.stringify(name)}]().then(main);`,
  }));
  const cli = {
    outfile: join(root, 'usr/bin/ocf-virt'),
    text: "import { cli } from './cli/main.ts'; void cli(process.argv.slice(2));",
  };
  for (const { outfile, text } of [...entries, cli]) {
    await bundle({ source: text, outfile, shebang: '#!/usr/bin/env node' });
  }
}

/** One executable, and a link to it for each agent. */
async function buildNative(root: string): Promise<void> {
  const executable = join(root, 'usr/bin/ocf-virt');
  await mkdir(dirname(executable), { recursive: true });
  await mkdir(join(root, agentFolder), { recursive: true });
  await buildNativeExecutable({ entry: 'cli/native.ts', outfile: executable });
  for (const name of Object.keys(agents)) {
    await symlink(relative(join(root, agentFolder), executable), join(root, agentFolder, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll();
  await cp('LICENSE', 'dist/LICENSE');
}
