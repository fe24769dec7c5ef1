import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now as clockNow } from './clock.ts';
import type { Domain, State } from './domain.ts';
import { nextDue, settle } from './guest.ts';
import { logTruth, stateDir } from './host.ts';
import { locked } from './lock.ts';
import { memoryHost } from './memory-host.ts';
import { startTimer, timerStands } from './timer.ts';
import { awaitXenstore } from './xenstore-reach.ts';

const file = join(stateDir, 'state.json');

const fresh = (): State => ({
  booted: clockNow(),
  nextDomid: 1,
  domains: [],
  restarts: [],
  releases: 0,
  introductions: 0,
  timer: null,
});

function load(): State {
  const host = memoryHost();
  if (host) {
    host.xen ??= fresh();
    return host.xen;
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
    host.xen = state;
    return;
  }
  const due = nextDue(state);
  if (due === undefined) state.timer = null;
  else if (!timerStands(state.timer, due.at)) state.timer = startTimer(due.at);
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(state));
  renameSync(draft, file);
}

/** This moment's state, with everything done that had come due. Takes the lock only when something had. */
export function view(): State {
  awaitXenstore();
  return viewHypervisor();
}

/** The same, for what the hypervisor alone tells. */
export function viewHypervisor(): State {
  const state = load();
  const due = nextDue(state);
  return due === undefined || due.at > clockNow() ? state : update((settled) => settled);
}

/** Changes the state while no other command looks or changes. */
export function update<T>(change: (state: State, now: number) => T): T {
  awaitXenstore();
  return locked('state', () => {
    const state = load();
    const now = clockNow();
    if (state.nextDomid === 1 && memoryHost() === undefined && !existsSync(file)) {
      // What ran here before the boot runs no more.
      logTruth({ time: now, event: 'host-down', name: '', uuid: '', domid: 0, detail: { why: 'booted' } });
    }
    settle(state, now);
    const result = change(state, now);
    save(state);
    return result;
  });
}

/** The domain that a command names by its label or by its number. */
export function find(state: State, qualifier: string): Domain | undefined {
  return /^\d+$/.test(qualifier)
    ? state.domains.find((domain) => domain.domid === Number(qualifier))
    : state.domains.find((domain) => domain.label === qualifier);
}
