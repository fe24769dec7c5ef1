import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);

/** The command of the node form: it runs on every machine, and completes what the native form completes. */
const command = 'dist/node/usr/bin/ocf-virt';

/** A file to be: its path below the root, and its text. */
export type Texts = Readonly<Record<string, string | Buffer>>;

/** What is the same in every package beside the built form: completion and drop-ins. */
export async function commonTexts(): Promise<Texts> {
  const dropIn = await readFile('packaging/files/ocf-virt.conf');
  return {
    'usr/share/bash-completion/completions/ocf-virt': await completion('bash'),
    'usr/lib/systemd/system/pacemaker.service.d/ocf-virt.conf': dropIn,
    'usr/lib/systemd/system/pacemaker_remote.service.d/ocf-virt.conf': dropIn,
  };
}

/** The script of yargs, which asks `ocf-virt` itself at each completion. */
export async function completion(shell: 'bash' | 'zsh'): Promise<string> {
  const { stdout } = await run(process.execPath, [command, 'completion'], {
    env: { PATH: process.env['PATH'], SHELL: `/bin/${shell}` },
  });
  return `${stdout.trim()}\n`;
}

/** Documentation that goes to a folder whose name depends on the package. */
export async function documents(folder: string): Promise<Texts> {
  return {
    [`${folder}/README.md`]: await readFile('README.md'),
    [`${folder}/packages.md`]: await readFile('docs/packages.md'),
    ...Object.fromEntries(
      await Promise.all(
        ['vm01.cfg', 'vm01.crm', 'vm01.pcs.sh'].map(async (name) => [
          `${folder}/examples/${name}`,
          await readFile(`packaging/examples/${name}`),
        ]),
      ),
    ),
  };
}

/** Lays out a built form and texts below a root, with modes that do not depend on who builds. */
export async function layOut(root: string, form: string, texts: Texts): Promise<void> {
  await mkdir(root, { recursive: true });
  await cp(join(form, 'usr'), join(root, 'usr'), { recursive: true, verbatimSymlinks: true });
  await zipManuals(join(root, 'usr/share/man'));
  for (const [path, text] of Object.entries(texts)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o644);
  }
  await run('chmod', ['-R', 'u=rwX,go=rX', root]);
}

async function zipManuals(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const page = join(entry.parentPath, entry.name);
    await writeFile(`${page}.gz`, zip(await readFile(page)));
    await rm(page);
  }
}

/** As gzip -9n: without a name and a time. */
export function zip(text: string | Buffer): Buffer {
  return gzipSync(text, { level: 9 });
}
