import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildAll } from '../build/build.ts';
import { bunForArm64 } from './bun-arm64.ts';
import { makePackages } from './packages.ts';
import { product } from './product.ts';

// npm run package: all that is given to users, in dist/packages. With --test, also installs and uses them on clean Debians.

async function main(): Promise<void> {
  const folder = 'dist/packages';
  const arm64 = { target: 'bun-linux-arm64', runtime: bunForArm64(), root: 'dist/native-arm64' };
  const files = await makePackages(folder, await buildAll([arm64]), product());
  const sums = files.map(
    (file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}`,
  );
  writeFileSync(join(folder, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  for (const line of sums) console.log(line);
}

function test(): void {
  const run = (program: string, args: readonly string[]) => execFileSync(program, args, { stdio: 'inherit' });
  run(process.execPath, ['build/setup.mjs', 'package-tests']);
  run('npx', ['vitest', 'run', '--project', 'package', '--project', 'install']);
}

await main();
if (process.argv.includes('--test')) test();
