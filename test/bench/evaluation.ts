import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { compile } from '../../build/native.ts';
import { bundleParts } from '../../build/native-parts.ts';
import { prepare } from './agents.ts';
import { countsOf } from './sample.ts';
import type { Subject } from './subjects.ts';

/** What one action of the native form does, in numbers that are the same on every machine. */
export interface Evaluation {
  /** For example `ocf:virt:Xen monitor`. */
  readonly action: string;
  /** The programs that it executes, in order. */
  readonly programs: readonly string[];
  /** The modules of this project that it evaluates. */
  readonly modules: readonly string[];
  /** The parts of the executable that it loads, and the bytes of bytecode in them. */
  readonly parts: readonly string[];
  readonly bytecode: number;
}

/** Runs actions with an executable that says what it evaluates; see also what their programs are. */
export async function evaluate(folder: string, subjects: readonly Subject[]): Promise<readonly Evaluation[]> {
  const { executable, bytecode } = await talkingExecutable(folder);
  const found: Evaluation[] = [];
  for (const subject of subjects) {
    const agent = join(folder, 'talking', basename(subject.command[0] ?? ''));
    await symlink(executable, agent).catch(() => {});
    // Once before, so that a monitor finds what the one before it has remembered.
    for (const _ of [1, 2]) {
      await prepare(subject);
      await execa(agent, subject.command.slice(1), { env: subject.env, extendEnv: false, reject: false });
    }
    const said: readonly string[] = JSON.parse(await readFile(join(folder, 'evaluated.json'), 'utf8'));
    await prepare(subject);
    const { programs } = await countsOf(folder, subject);
    const parts = said.filter((one) => one.startsWith('part ')).map((one) => one.slice('part '.length));
    found.push({
      action: `${subject.title} ${subject.action}`,
      programs: programs.map((program) => basename(program)),
      modules: said.filter((one) => /^(?:agents|lib|cli)\//.test(one)).sort(),
      parts,
      bytecode: parts.reduce((sum, part) => sum + (bytecode.get(part) ?? 0), 0),
    });
  }
  return found;
}

/** The native form as it is built, but that it writes down which modules it evaluates. */
async function talkingExecutable(folder: string) {
  const talking = join(folder, 'talking');
  await mkdir(talking);
  const { main, others } = await bundleParts(talking);
  const bytecode = new Map<string, number>();
  for (const file of [main, ...others]) {
    const part = basename(file, '.cjs');
    bytecode.set(part, await bytecodeOf(file, join(folder, 'bytecode')));
    await writeFile(file, talkative(part, await readFile(file, 'utf8'), join(folder, 'evaluated.json')));
  }
  const executable = join(folder, 'talking-executable');
  await compile({ bundle: main, parts: others, outfile: executable });
  return { executable, bytecode };
}

/** esbuild names each module: in a comment where it is evaluated with its part, else in the function that evaluates it. */
function talkative(part: string, text: string, report: string): string {
  const lazy = /__esm = .* => function __init\(\) \{\n/;
  const names = [...text.matchAll(/^\/\/ ((?:agents|lib|cli)\/\S+\.ts)$/gm)].map(([, name]) => name);
  const atOnce = names.filter((name) => !text.includes(`  "${name}"(`));
  const first = `const said = (globalThis.said ??= []);\nsaid.push('part ${part}', ...${JSON.stringify(atOnce)});\n`;
  const last = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(report)}, JSON.stringify(said)));\n`;
  return (
    first +
    (part === 'main' ? last : '') +
    text.replace(lazy, (head) => `${head}  if (fn) said.push(Object.getOwnPropertyNames(fn)[0]);\n`)
  );
}

async function bytecodeOf(file: string, folder: string): Promise<number> {
  const bun = 'node_modules/@oven/bun-linux-x64/bin/bun';
  await execa(bun, ['build', '--bytecode', '--target=bun', '--external', '*', `--outdir=${folder}`, file]);
  return (await readFile(join(folder, `${basename(file, '.cjs')}.js.jsc`))).length;
}
