import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Settings of the drop-in that the packages give to Pacemaker's service, by their key. */
const settings = (key: string): readonly string[] => {
  const dropIn = readFileSync(join(import.meta.dirname, '../../packaging/files/ocf-virt.conf'), 'utf8');
  return dropIn.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
};

/** What Pacemaker, and with it the agents, has in its environment by the drop-in of the packages, as `NAME=value`. */
export const serviceEnvironment = (): readonly string[] => settings('Environment');

/** What is done to the executable before Pacemaker starts, in one shell command; a failure of a part is passed over, as there. */
export const beforeService = (executable: string): string =>
  settings('ExecStartPre')
    .map((command) => `${command.replace(/^-/, '').replaceAll('/usr/bin/ocf-virt', executable)} || :`)
    .join('; ');
