import { type Entry, readInventory, writeInventory } from './inventory.ts';
import { open } from './power.ts';
import { vmwareHost } from './settings.ts';
import { update } from './state.ts';

/** Enters a VM in the inventory. */
export function register(path: string): Entry | 'missing' | 'exists' {
  return update((state) => {
    const entries = readInventory();
    if (entries.some((entry) => entry.path === path)) return 'exists';
    if (open(path) === 'missing') return 'missing';
    const step = vmwareHost().vimCmd === 'esxi' ? 1 : 16;
    state.lastId = Math.max(state.lastId, ...entries.map(({ id }) => id)) + step;
    const entry = { id: state.lastId, path };
    writeInventory([...entries, entry]);
    return entry;
  });
}

/** Takes an entry out of the inventory. */
export function unregister(id: number): void {
  update(() => {
    writeInventory(readInventory().filter((entry) => entry.id !== id));
  });
}
