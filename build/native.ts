import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { alignToHugePages } from './huge-pages.ts';
import { bundleParts, embedded } from './native-parts.ts';

const bun = resolve('node_modules/@oven/bun-linux-x64/bin/bun');

/**
 * Bundles the agents and commands, and compiles them to one native executable with Bun.
 *
 * Without the two autoload switches the executable would read a `.env` and a `bunfig.toml` of the working directory,
 * which is a way to run code as root.
 *
 * @returns what was bundled.
 * @throws Error when the Bun package of this machine's architecture is not installed, or the compiler fails.
 */
export async function buildNativeExecutable(options: {
  readonly outfile: string;
  /** Runs the executable as its users do most often, to learn which functions to lay out first. */
  readonly warmUp: (executable: string, env: NodeJS.ProcessEnv) => Promise<void>;
  /** The same program for other machines, laid out by what was learnt on this one. */
  readonly others?: readonly { readonly machine: Machine; readonly outfile: string }[];
}): Promise<readonly Metafile[]> {
  if (!existsSync(bun)) throw new Error(`${bun} is missing: the native form is built on x86-64 Linux only`);
  const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-build-'));
  try {
    const { main, others: parts, metafiles } = await bundleParts(folder);
    const first = join(folder, 'first');
    const order = join(folder, 'order');
    await compile({ bundle: main, parts, outfile: first });
    await options.warmUp(first, { BUN_BYTECODE_ORDER_OUT: order });
    for (const { machine, outfile } of [{ machine: undefined, outfile: options.outfile }, ...(options.others ?? [])]) {
      await compile({ bundle: main, parts, outfile, order, machine });
    }
    return metafiles;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A kind of machine to compile for, other than this one. */
export interface Machine {
  /** Bun's name for it, for example `bun-linux-arm64`. */
  readonly target: string;
  /** Bun for that machine: the file that the program is put into. */
  readonly runtime: string;
}

/**
 * Compiles a CommonJS bundle, with the parts that it loads on demand, to one executable.
 *
 * It runs in the bundle's folder: Bun writes the path from where it runs into the executable, and the same sources must
 * make the same executable wherever they lie.
 */
export async function compile(options: {
  readonly bundle: string;
  /** In the folder of the bundle. */
  readonly parts?: readonly string[];
  readonly outfile: string;
  /** A file that says in which order functions are used. */
  readonly order?: string;
  /** This one if not given. */
  readonly machine?: Machine | undefined;
}): Promise<void> {
  const { machine = { target: 'bun-linux-x64', runtime: bun } } = options;
  const switches = ['--compile', '--bytecode', `--target=${machine.target}`, '--external', `${embedded}/*`];
  switches.push(`--compile-executable-path=${resolve(machine.runtime)}`);
  switches.push('--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig');
  // An action ends before compiling anything to machine code could pay: the threads for that are not even started.
  switches.push('--compile-jit-policy=10');
  if (options.order !== undefined) switches.push(`--bytecode-order=${resolve(options.order)}`);
  const files = [options.bundle, ...(options.parts ?? [])].map((file) => basename(file));
  await promisify(execFile)(bun, ['build', ...switches, ...files, '--outfile', resolve(options.outfile)], {
    cwd: dirname(options.bundle),
  });
  await alignToHugePages(resolve(options.outfile));
}
