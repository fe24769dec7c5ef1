import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache } from './cache.ts';

const file = join(cache, 'seconds.json');
const begin = Date.now();
const secondsSince = (time: number) => Math.round((Date.now() - time) / 1000);

/** Does one phase of the run, and tells on the screen what it is, how long it took, and how long it took last time. */
export async function phase<T>(title: string, work: () => Promise<T>): Promise<T> {
  const before = remembered()[title];
  const last = before === undefined ? '' : ` (last time ${before} s)`;
  console.log(`[${String(secondsSince(begin)).padStart(4)} s] ${title}${last}`);
  const start = Date.now();
  const result = await work();
  writeFileSync(file, `${JSON.stringify({ ...remembered(), [title]: secondsSince(start) }, null, 2)}\n`);
  return result;
}

function remembered(): Record<string, number> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
  } catch {
    return {};
  }
}
