import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

/**
 * Debian packages that are looked into but not installed, because they would start daemons: fetched once, unpacked over
 * each other and kept in .cache.
 *
 * @returns the folder.
 */
export async function extractedPackages(names: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(names.toSorted().join(' ')).digest('hex').slice(0, 12);
  const folder = resolve('.cache/extracted', key);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.unfinished`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'root'), { recursive: true });
  const download = () => execa('apt-get', ['download', '--quiet', ...names], { cwd: draft, reject: false });
  if ((await download()).exitCode !== 0) await execa('apt-get', ['update', '--quiet']);
  const { exitCode, stderr } = await download();
  if (exitCode !== 0) throw new Error(`apt-get download ${names.join(' ')}: ${stderr}`);
  for (const file of readdirSync(draft).filter((name) => name.endsWith('.deb'))) {
    await execa('dpkg-deb', ['--extract', join(draft, file), join(draft, 'root')]);
  }
  renameSync(join(draft, 'root'), folder);
  rmSync(draft, { recursive: true });
  return folder;
}
