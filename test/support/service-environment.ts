import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What Pacemaker, and with it the agents, has in its environment by the drop-in of the packages, as `NAME=value`. */
export function serviceEnvironment(): readonly string[] {
  const dropIn = readFileSync(join(import.meta.dirname, '../../packaging/files/ocf-virt.conf'), 'utf8');
  return [...dropIn.matchAll(/^Environment=(\S+)$/gm)].map(([, setting = '']) => setting);
}
