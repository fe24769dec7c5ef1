import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bundle } from '../../build/bundle.ts';
import { compile } from '../../build/native.ts';

/** The names the simulator is called by. */
export const simTools = [
  ...['xl', 'xenstore-ls', 'xenstore-list', 'xenstore-read', 'xenstore-watch'],
  ...['vmrun', 'vmware-cmd', 'vmware-vim-cmd'],
];

/**
 * Builds the simulated toolstack into a folder: `ocf-virt-sim`, and a link to it for each tool. Does nothing when the
 * sources are those of the last build.
 *
 * @returns the path of `ocf-virt-sim`.
 */
export async function buildSim(outDir: string): Promise<string> {
  const executable = resolve(outDir, 'ocf-virt-sim');
  const stamp = resolve(outDir, 'ocf-virt-sim.hash');
  const hash = hashOfSources();
  if (existsSync(executable) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return executable;
  mkdirSync(outDir, { recursive: true });
  const draft = `${executable}.${process.pid}`;
  await bundle({ entry: join(import.meta.dirname, 'main.ts'), outfile: `${draft}.cjs` });
  await compile({ bundle: `${draft}.cjs`, outfile: draft });
  renameSync(draft, executable);
  rmSync(`${draft}.cjs`);
  for (const tool of simTools) {
    const link = resolve(outDir, tool);
    if (!existsSync(link)) linkTo(basename(executable), link);
  }
  writeFileSync(stamp, hash);
  return executable;
}

/** Two builds at once may both want to make the link. */
function linkTo(target: string, link: string): void {
  try {
    symlinkSync(target, link);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function hashOfSources(): string {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('control.ts'))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...sources, '../../build/bundle.ts', '../../build/native.ts']) {
    hash.update(file).update(readFileSync(join(import.meta.dirname, file)));
  }
  return hash.digest('hex');
}

if (process.argv[1] && resolve(process.argv[1]) === import.meta.filename) {
  console.log(await buildSim(process.argv[2] ?? '.cache/sim'));
}
