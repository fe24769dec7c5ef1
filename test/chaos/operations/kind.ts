import { setTimeout as sleep } from 'node:timers/promises';
import type { Dice } from '../steps.ts';
import type { World } from '../world.ts';

/** One kind of thing that is done to the cluster. */
export interface OperationKind {
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** The words behind its name. */
  readonly draw: (dice: Dice) => readonly string[];
  /** Does it, and returns when its time is over and it is undone. What cannot be done on a node that is off is not done. */
  readonly run: (world: World, words: readonly string[]) => Promise<unknown>;
}

/** Does something for some seconds. */
export async function during(
  seconds: string | undefined,
  begin: () => Promise<unknown> | unknown,
  end: () => Promise<unknown> | unknown,
): Promise<void> {
  try {
    await begin();
    await sleep(Number(seconds) * 1000);
  } finally {
    await end();
  }
}
