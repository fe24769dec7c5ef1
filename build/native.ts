import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './bundle.ts';

const bun = 'node_modules/@oven/bun-linux-x64/bin/bun';

/** Where Bun shows the files that are embedded in an executable. */
const embedded = '/$bunfs/root';

/** What only some actions load, and the commands: a file of its own each, so that a monitor does not even map it. */
const lazyParts = [
  { name: 'execa', of: 'execa', source: "module.exports = require('execa')" },
  { name: 'xml2js', of: 'xml2js', source: "module.exports = require('xml2js')" },
  { name: 'yargs', of: 'yargs', source: "module.exports = require('yargs').default" },
  { name: 'cli', of: 'cli/main.ts', source: "export { cli } from './cli/main.ts'" },
  { name: 'alarm', of: 'cli/alarm/agent.ts', source: "export { alarmAgent } from './cli/alarm/agent.ts'" },
  { name: 'watch', of: 'agents/vmwatch/daemon.ts', source: "export { runDaemon } from './agents/vmwatch/daemon.ts'" },
];

/**
 * Bundles a program and compiles it to one native executable with Bun.
 *
 * Without the two autoload switches the executable would read a `.env` and a `bunfig.toml` of the working directory,
 * which is a way to run code as root.
 *
 * @throws Error when the Bun package of this machine's architecture is not installed, or the compiler fails.
 */
export async function buildNativeExecutable(options: {
  readonly entry: string;
  readonly outfile: string;
  /** Runs the executable as its users do most often, to learn which functions to lay out first. */
  readonly warmUp: (executable: string, env: NodeJS.ProcessEnv) => Promise<void>;
}): Promise<void> {
  if (!existsSync(bun)) throw new Error(`${bun} is missing: the native form is built on x86-64 Linux only`);
  const folder = await mkdtemp(join(tmpdir(), 'ocf-virt-build-'));
  try {
    const external = Object.fromEntries(lazyParts.map(({ of, name }) => [of, `${embedded}/${name}.js`]));
    const main = join(folder, 'main.cjs');
    await bundle({ entry: options.entry, outfile: main, external });
    const parts: string[] = [];
    for (const { name, of, source } of lazyParts) {
      const outfile = join(folder, `${name}.cjs`);
      const { [of]: itself, ...others } = external;
      await bundle({ source, outfile, external: others });
      parts.push(outfile);
    }
    const first = join(folder, 'first');
    const order = join(folder, 'order');
    await compile({ bundle: main, parts, outfile: first });
    await options.warmUp(first, { BUN_BYTECODE_ORDER_OUT: order });
    await compile({ bundle: main, parts, outfile: options.outfile, order });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Compiles a CommonJS bundle, with the parts that it loads on demand, to one executable. */
export async function compile(options: {
  readonly bundle: string;
  readonly parts?: readonly string[];
  readonly outfile: string;
  /** A file that says in which order functions are used. */
  readonly order?: string;
}): Promise<void> {
  const switches = ['--compile', '--bytecode', '--target=bun-linux-x64', '--external', `${embedded}/*`];
  switches.push('--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig');
  // An action ends before compiling anything to machine code could pay: the threads for that are not even started.
  switches.push('--compile-jit-policy=10');
  if (options.order !== undefined) switches.push(`--bytecode-order=${options.order}`);
  const files = [options.bundle, ...(options.parts ?? [])];
  await promisify(execFile)(bun, ['build', ...switches, ...files, '--outfile', options.outfile]);
}
