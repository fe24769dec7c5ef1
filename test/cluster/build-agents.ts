import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';

/** Whether the agents are not built, or a source is newer than what was built from it. */
export function isStale(): boolean {
  const built = 'dist/native/usr/bin/ocf-virt';
  if (!existsSync(built) || !existsSync('dist/native/usr/lib/ocf/resource.d/virt/Xen')) return true;
  const time = statSync(built).mtimeMs;
  return ['agents', 'cli', 'lib', 'build', 'package-lock.json'].some((path) => {
    const files = statSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((file) => join(path, file))
      : [path];
    return files.some((file) => statSync(file).mtimeMs > time);
  });
}

/** Builds the agents that a test cluster installs. */
export async function buildAgents(): Promise<void> {
  await execa('npm', ['run', 'build'], { timeout: 300_000 });
}
