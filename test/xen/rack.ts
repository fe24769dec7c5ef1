import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './cache.ts';

export type HostNumber = 1 | 2;

/** How the two hosts of this run are started and reached, for every process that does so. */
export interface Rack {
  /** The process that owns the hosts. */
  readonly owner: number;
  readonly image: string;
  /** A short path: that of a socket may have only 107 characters. */
  readonly sockets: string;
  readonly sshPorts: Readonly<Record<HostNumber, number>>;
  /** Each network between the hosts is a multicast group of the loopback interface: hosts come and go as they like. */
  readonly networkPort: number;
}

export const rackFile = join(runFolder, 'rack.json');

/** The rack that is there; undefined when no hosts were started, or they were cleared away. */
export function readRack(): Rack | undefined {
  try {
    return JSON.parse(readFileSync(rackFile, 'utf8')) as Rack;
  } catch {
    return undefined;
  }
}
