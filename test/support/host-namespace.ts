import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** Namespaces in which a simulated host has processes and a name of its own. */
export interface HostNamespace {
  /** What to write before a command that is to run there. */
  readonly command: readonly string[];
  /** Ends everything that runs there. */
  end(): void;
}

/** Makes the namespaces of a host. */
export async function hostNamespace(name: string): Promise<HostNamespace> {
  const script = 'mount -t tmpfs tmpfs /run && hostname "$0" && echo ready && exec sleep infinity';
  const flags = ['--pid', '--uts', '--mount', '--propagation', 'private', '--fork', '--mount-proc', '--kill-child'];
  const holder = spawn('unshare', [...flags, 'sh', '-c', script, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const first = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, 'utf8').trim();
  return {
    command: ['nsenter', '--target', first, '--pid', '--uts', '--mount'],
    end: () => holder.kill('SIGKILL'),
  };
}
