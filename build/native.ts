import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

const bun = 'node_modules/@oven/bun-linux-x64/bin/bun';

/**
 * Compiles a CommonJS bundle to one executable with Bun.
 *
 * Without the two autoload switches the executable would read a `.env` and a `bunfig.toml` of the working directory,
 * which is a way to run code as root.
 *
 * @throws Error when the Bun package of this machine's architecture is not installed, or the compiler fails.
 */
export async function compile(options: { readonly bundle: string; readonly outfile: string }): Promise<void> {
  if (!existsSync(bun)) throw new Error(`${bun} is missing: the native form is built on x86-64 Linux only`);
  const args = ['build', '--compile', '--bytecode', '--target=bun-linux-x64'];
  args.push('--no-compile-autoload-dotenv', '--no-compile-autoload-bunfig');
  await promisify(execFile)(bun, [...args, options.bundle, '--outfile', options.outfile]);
}
