import { execa } from 'execa';

/**
 * Runs a script of this project in namespaces of its own, with an empty /run and /var/log: the agents look through all
 * processes and remember things under /run, which must be neither those of others nor left behind.
 */
export function runInside(
  script: string,
  args: readonly string[],
  env: Record<string, string>,
  output: 'inherit' | 'pipe',
) {
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const prepare = 'for folder in /run /var/log; do mount -t tmpfs tmpfs $folder; done; mkdir /run/lock; exec "$@"';
  const run = ['node', '--import', 'tsx', script, ...args];
  return execa('unshare', [...namespaces, 'sh', '-c', prepare, 'sh', ...run], {
    env,
    stdout: output,
    stderr: 'inherit',
    reject: false,
  });
}
