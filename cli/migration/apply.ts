import { type Change, makeChanges } from '../change.ts';
import type { Tools } from '../command.ts';

const seconds = 30;

/** Makes a change. Throws as makeChanges does. */
export async function apply(change: Change, tools: Tools): Promise<void> {
  await makeChanges([change], { tools, seconds, dryRun: false });
}

/** Puts something in order, again and again for a minute: the cluster may elect or fence just now. False if in vain. */
export async function applyAtLast(change: Change, tools: Tools): Promise<boolean> {
  // An interruption is what it is called for.
  const unhurried = { ...tools, interrupted: new AbortController().signal };
  for (let attempt = 0; attempt < 30; attempt += 1) {
    try {
      await apply(change, unhurried);
      return true;
    } catch {
      await tools.clock.sleep(2000);
    }
  }
  return false;
}
