import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now as clockNow } from '../clock.ts';
import { stateDir } from '../host.ts';
import { locked } from '../lock.ts';
import { memoryHost } from '../memory-host.ts';
import { alive } from '../process.ts';
import { update as updateXen } from '../state.ts';
import { timerStands } from '../timer.ts';
import { startTimer } from './daemon.ts';
import { nextDue, settle } from './guest.ts';
import type { State } from './vm.ts';

const file = join(stateDir, 'vmware.json');

const fresh = (): State => ({ lastId: 0, lastQuestion: 0, vms: [], timer: null });

function load(): State {
  const host = memoryHost();
  if (host) {
    host.vmware ??= fresh();
    return host.vmware;
  }
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return fresh();
  }
}

function save(state: State): void {
  const host = memoryHost();
  if (host) {
    host.vmware = state;
    return;
  }
  const due = nextDue(state);
  if (due === undefined) state.timer = null;
  else if (!timerStands(state.timer, due)) state.timer = startTimer(due);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state));
  renameSync(draft, file);
}

/** This moment's state, with everything done that had come due. Takes the lock only when something had. */
export function view(): State {
  const state = load();
  const isCurrent = (nextDue(state) ?? Number.POSITIVE_INFINITY) > clockNow();
  return isCurrent && state.vms.every((vm) => alive(vm.process)) ? state : update((settled) => settled);
}

/**
 * Changes the state while no other command looks or changes.
 *
 * @param change may save in between, for what must not be forgotten when this command is killed.
 * @param died when the process that called ended, by its watcher.
 */
export function update<T>(change: (state: State, now: number, save: (state: State) => void) => T, died?: number): T {
  return locked('vmware', () => {
    // The first command after a boot, of whatever toolstack, tells the truth log that nothing runs any more.
    if (memoryHost() === undefined && !existsSync(file) && !existsSync(join(stateDir, 'state.json')))
      updateXen(() => {});
    const state = load();
    const now = clockNow();
    settle(state, now, died);
    const result = change(state, now, save);
    save(state);
    return result;
  });
}

/** What timers and watchers run: `ocf-virt-sim vmware-settle [WHEN]`. */
export function settleNow([died]: readonly string[]): number {
  if (existsSync(file)) {
    update(
      (state) => {
        if (died === undefined) state.timer = null;
      },
      died === undefined ? undefined : Number(died),
    );
  }
  return 0;
}
