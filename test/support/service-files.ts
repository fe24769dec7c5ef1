import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Settings of a file that the packages give to systemd, by their key. */
function settings(file: string, key: string): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, '../../packaging/files', file), 'utf8');
  return text.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
}

/** What Pacemaker, and with it the agents, has in its environment by the drop-in of the packages, as `NAME=value`. */
export const serviceEnvironment = (): readonly string[] => settings('ocf-virt.conf', 'Environment');

/** The commands by which ocf-virt-preload.service brings an executable into memory: the last one reads it, the others drop what is there. */
export const preload = (executable: string): readonly string[] =>
  settings('ocf-virt-preload.service', 'ExecStart').map((line) => line.replaceAll('/usr/bin/ocf-virt', executable));

/** Those that drop it from memory. */
export const drop = (executable: string): readonly string[] => preload(executable).slice(0, -1);
