import { type Overlap, overlaps } from '../sim/control.ts';
import { overlapId } from './audit.ts';
import type { World } from './world.ts';

/** Milliseconds between two looks at the truth. */
const pause = 500;

/** Who looks whether a VM runs twice, all the time. */
export interface Watcher {
  /** How often it has looked. */
  readonly looks: () => number;
  /** What it has seen. */
  readonly found: () => readonly Overlap[];
  readonly stop: () => void;
}

/**
 * Looks all the time whether a VM runs twice, and says so at once. Whoever looks at a simulated host writes down what
 * happened since: so an overlap counts when it is still there at the next look.
 */
export function watchTruth({ cluster }: Pick<World, 'cluster'>, say: (line: string) => void): Watcher {
  const seen = new Set<string>();
  const found = new Map<string, Overlap>();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    for (const one of overlaps(cluster.truth())) {
      const id = overlapId(one);
      if (seen.has(id) && !found.has(id)) {
        found.set(id, one);
        say(`${one.name} runs twice: ${one.copies.join(' and ')}`);
      }
      seen.add(id);
    }
  }, pause);
  return { looks: () => looks, found: () => [...found.values()], stop: () => clearInterval(timer) };
}
