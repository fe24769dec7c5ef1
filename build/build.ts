import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { agents } from '../agents/index.ts';
import { bundle } from './bundle.ts';
import { writeManuals } from './manuals.ts';
import { buildNativeExecutable } from './native.ts';

/** Beside the samples of Pacemaker; its alert agents run as hacluster. */
const alarmFile = 'usr/share/pacemaker/alerts/ocf-virt-alarm';
const agentFolder = 'usr/lib/ocf/resource.d/virt';

/** Builds both forms, each laid out as it installs, with the manual pages: `dist/node` and `dist/native`. */
export async function buildAll(): Promise<void> {
  await rm('dist', { recursive: true, force: true });
  await Promise.all([buildNode('dist/node'), buildNative('dist/native')]);
  for (const root of ['dist/node', 'dist/native']) await writeManuals(root);
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
  const alarm = {
    outfile: join(root, alarmFile),
    text: "import { alarmAgent } from './cli/alarm/agent.ts'; void alarmAgent();",
  };
  for (const { outfile, text } of [...entries, cli, alarm]) {
    await bundle({ source: text, outfile, shebang: '#!/usr/bin/env node' });
  }
}

/** One executable, and a link to it for each agent. */
async function buildNative(root: string): Promise<void> {
  const executable = join(root, 'usr/bin/ocf-virt');
  await mkdir(dirname(executable), { recursive: true });
  await mkdir(join(root, agentFolder), { recursive: true });
  await buildNativeExecutable({ entry: 'cli/native.ts', outfile: executable, warmUp: runMonitor });
  await mkdir(join(root, dirname(alarmFile)), { recursive: true });
  for (const file of [...Object.keys(agents).map((name) => `${agentFolder}/${name}`), alarmFile]) {
    await symlink(relative(join(root, dirname(file)), executable), join(root, file));
  }
}

/** One monitor of a running domain, which is what runs all day. */
async function runMonitor(executable: string, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-warm-up-'));
  try {
    const row = 'vm01                                         1   128     1     -b----       1.0';
    const header = 'Name                                        ID   Mem VCPUs\\tState\\tTime(s)';
    await writeFile(join(folder, 'xl'), `#!/bin/sh\nprintf '${header}\\n${row}\\n'\n`, { mode: 0o755 });
    await symlink(executable, join(folder, 'Xen'));
    const parameters = { OCF_RESKEY_xmfile: '/vm01.cfg', OCF_RESKEY_name: 'vm01', OCF_RESKEY_CRM_meta_interval: '1' };
    await promisify(execFile)(join(folder, 'Xen'), ['monitor'], {
      env: { ...env, ...parameters, PATH: `${folder}:/bin` },
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll();
  await cp('LICENSE', 'dist/LICENSE');
}
