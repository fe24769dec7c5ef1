import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks: a look costs some 20 ms of CPU in a node. */
const pause = 100;

/**
 * Looks again and again until there is something, and returns it.
 *
 * @param what what is awaited, for the error: "vm01 runs on node2".
 * @param seconds how long to go on.
 * @param look gives `undefined` or `false` as long as it is not there.
 * @param seen tells at the end what there was instead.
 * @throws Error when the time is over.
 */
export async function waitUntil<Found>(
  what: string,
  seconds: number,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  seen?: () => Promise<string> | string,
): Promise<Found> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) {
      const instead = seen === undefined ? '' : `\nseen instead:\n${await seen()}`;
      throw new Error(`expected within ${seconds} s, and did not happen: ${what}${instead}`);
    }
    await sleep(pause);
  }
}
