import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { agents } from '../agents/index.ts';
import { bundle } from './bundle.ts';
import { writeManuals } from './manuals.ts';
import { buildNativeExecutable, type Machine } from './native.ts';

/** Beside the samples of Pacemaker; its alert agents run as hacluster. */
const alarmFile = 'usr/share/pacemaker/alerts/ocf-virt-alarm';
const agentFolder = 'usr/lib/ocf/resource.d/virt';

/** A machine other than this one to build the native form for, and the folder to lay it out in. */
export interface OtherMachine extends Machine {
  readonly root: string;
}

/**
 * Builds both forms, each laid out as it installs, with the manual pages: `dist/node` and `dist/native`.
 *
 * @returns what was bundled into each.
 */
export async function buildAll(others: readonly OtherMachine[] = []) {
  await rm('dist', { recursive: true, force: true });
  const [node, native] = await Promise.all([buildNode('dist/node'), buildNative('dist/native', others)]);
  for (const root of ['dist/node', 'dist/native', ...others.map((other) => other.root)]) await writeManuals(root);
  await cp('LICENSE', 'dist/LICENSE');
  return { node, native };
}

/** One self-contained script a file. */
async function buildNode(root: string): Promise<Metafile[]> {
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
  const alarm = {
    outfile: join(root, alarmFile),
    text: "import { alarmAgent } from './cli/alarm/agent.ts'; void alarmAgent();",
  };
  const metafiles: Metafile[] = [];
  for (const { outfile, text } of [...entries, cli, alarm]) {
    metafiles.push(await bundle({ source: text, outfile, shebang: '#!/usr/bin/env node' }));
  }
  return metafiles;
}

/** One executable, and a link to it for each agent. */
async function buildNative(root: string, others: readonly OtherMachine[]): Promise<readonly Metafile[]> {
  const executableOf = (folder: string) => join(folder, 'usr/bin/ocf-virt');
  for (const folder of [root, ...others.map((other) => other.root)]) {
    const executable = executableOf(folder);
    await mkdir(dirname(executable), { recursive: true });
    for (const file of [...Object.keys(agents).map((name) => `${agentFolder}/${name}`), alarmFile]) {
      const link = join(folder, file);
      await mkdir(dirname(link), { recursive: true });
      await symlink(relative(dirname(link), executable), link);
    }
  }
  return buildNativeExecutable({
    outfile: executableOf(root),
    warmUp: runMonitor,
    others: others.map((machine) => ({ machine, outfile: executableOf(machine.root) })),
  });
}

/** One monitor of a running domain, which is what runs all day. */
async function runMonitor(executable: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-warm-up-'));
  try {
    const row = 'vm01                                         1   128     1     -b----       1.0';
    const header = 'Name                                        ID   Mem VCPUs\\tState\\tTime(s)';
    await writeFile(join(folder, 'xl'), `#!/bin/sh\nprintf '${header}\\n${row}\\n'\n`, { mode: 0o755 });
    await symlink(executable, join(folder, 'Xen'));
    const parameters = {
      // Too long for the name of a file: what an earlier run on this machine remembered would change what this one does,
      // and the same sources would not make the same executable.
      OCF_RESOURCE_INSTANCE: 'x'.repeat(300),
      OCF_RESKEY_xmfile: '/vm01.cfg',
      OCF_RESKEY_name: 'vm01',
      OCF_RESKEY_CRM_meta_interval: '1',
    };
    await promisify(execFile)(join(folder, 'Xen'), ['monitor'], {
      env: { ...env, ...parameters, PATH: `${folder}:/bin` },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAll();
