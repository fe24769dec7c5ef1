import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Everything that the Xen tests keep between runs; git ignores it. */
export const cache = resolve(import.meta.dirname, '../../.cache/xen');

/** What belongs to the hosts that run now: their disks, consoles and process ids. */
export const runFolder = join(cache, 'run');

mkdirSync(cache, { recursive: true });
