import { hostname } from 'node:os';
import { writeEvent } from '../../lib/history/write.ts';

/** Adds the reboot of a guest to the history: the domain came back under another id. */
export function recordReboot(vm: string, id: number, node: string | undefined, logFolder: string): void {
  writeEvent(logFolder, { node: node ?? hostname(), vm, event: 'rebooted', id });
}
