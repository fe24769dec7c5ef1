import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bunRuntime } from './components.ts';

/**
 * Bun for 64-bit ARM, which npm does not install on other machines: taken from the registry, held against the hash in
 * package-lock.json and kept in .cache.
 *
 * @returns the path of the executable.
 * @throws Error when the registry cannot be reached or gives something else.
 */
export function bunForArm64(): string {
  const { name, version, integrity } = bunRuntime('aarch64');
  const folder = `.cache/bun-linux-aarch64-${version}`;
  const executable = join(folder, 'package/bin/bun');
  if (existsSync(executable)) return executable;
  const draft = `${folder}.unfinished`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', draft, `${name}@${version}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const file = join(draft, packed.trim());
  const hash = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
  if (hash !== integrity) throw new Error(`${name}@${version} from the registry is ${hash}, expected ${integrity}`);
  execFileSync('tar', ['-xzf', file, '-C', draft]);
  rmSync(file);
  renameSync(draft, folder);
  return executable;
}
