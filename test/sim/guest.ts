import { daemonLog, startDaemon } from './daemon.ts';
import { type Domain, type Plan, type Restart, reasons, type Spec, type State } from './domain.ts';
import { host, logTruth, type TruthEvent } from './host.ts';
import { alive, end } from './process.ts';

/** How long the daemon takes to notice that its domain shut down; the domain is `---s--` meanwhile. */
const reaction = 100;
/** How long a destroyed domain stays listed as `(null)`. */
const dying = 50;

/** Records one change of a domain in the truth log. */
export function truth(domain: Domain, event: TruthEvent, time: number, detail?: Record<string, unknown>): void {
  const line = { time, event, name: domain.spec.name, uuid: domain.uuid, domid: domain.domid };
  logTruth(detail ? { ...line, detail } : line);
}

/** How long the guest has run in its life, in milliseconds. */
export function guestClock(domain: Domain, now: number): number {
  return domain.ran + (domain.since === null ? 0 : now - domain.since);
}

/** Seconds of CPU the guest used: plenty while booting, then little. */
export function cpuSeconds(domain: Domain, now: number): number {
  const used = (clock: number) => Math.min(clock / 1000, 1) * 3.5 + (clock / 1000) * 0.02;
  return used(guestClock(domain, now)) - used(domain.arrived);
}

/** Makes a domain, paused once and without virtual CPUs, as every domain begins. */
export function introduce(
  state: State,
  spec: Spec,
  now: number,
  label = spec.name,
  uuid = spec.uuid ?? crypto.randomUUID(),
): Domain {
  const domain: Domain = {
    domid: state.nextDomid++,
    uuid,
    label,
    spec,
    memory: spec.memory,
    maxMemory: spec.maxMemory,
    vcpus: 0,
    pauses: 1,
    introduced: now,
    ran: 0,
    since: null,
    arrived: 0,
    plans: spec.crashAfter === null ? [] : [{ what: 'crash', at: spec.crashAfter * 1000 }],
    ended: null,
    dyingUntil: null,
    rebuiltAt: null,
    daemon: null,
  };
  state.domains.push(domain);
  state.introductions++;
  truth(domain, 'created', now);
  return domain;
}

/** Ends the building of a domain. It runs, unless it is to stay paused or somebody else paused it. */
export function complete(domain: Domain, now: number, staysPaused = false): void {
  domain.vcpus = domain.spec.vcpus;
  if (!staysPaused && domain.pauses > 0) domain.pauses--;
  if (domain.pauses === 0) run(domain, 'running', now);
}

/** Lets the guest run, or run again. */
export function run(domain: Domain, event: 'running' | 'unpaused' | 'resumed', now: number): void {
  domain.since = now;
  truth(domain, event, now);
}

function halt(domain: Domain, now: number): void {
  domain.ran = guestClock(domain, now);
  domain.since = null;
}

/** Adds one pause; the guest stops at the first. */
export function pause(domain: Domain, now: number): void {
  domain.pauses++;
  if (domain.since === null) return;
  halt(domain, now);
  truth(domain, 'paused', now);
}

/** Takes one pause away; the guest runs again after the last, if it was built. False when there was none. */
export function unpause(domain: Domain, now: number): boolean {
  if (domain.pauses === 0) return false;
  domain.pauses--;
  const runs = domain.pauses === 0 && domain.vcpus > 0 && domain.ended === null && domain.dyingUntil === null;
  if (runs) run(domain, domain.ran === 0 ? 'running' : 'unpaused', now);
  return true;
}

/** Has the guest do something after some seconds of its own life. */
export function plan(domain: Domain, what: Plan['what'], seconds: number, now: number): void {
  domain.plans.push({ what, at: guestClock(domain, now) + seconds * 1000 });
}

/** Suspends the guest for a migration or an image; its daemon ends, and none comes back when the guest resumes. */
export function suspend(state: State, domain: Domain, now: number): void {
  halt(domain, now);
  domain.ended = { reason: reasons.suspend, time: now };
  state.releases++;
  truth(domain, 'suspended', now);
  daemonLog(domain.label, 'Domain has suspended.');
  end(domain.daemon);
  domain.daemon = null;
}

/** Resumes a suspended guest where it stopped. */
export function resume(domain: Domain, now: number): void {
  domain.ended = null;
  if (domain.pauses === 0) run(domain, 'resumed', now);
}

/** Destroys a domain: it executes no more, and stays listed without its name for a moment. */
export function destroy(state: State, domain: Domain, now: number, lastingMs = dying): void {
  if (domain.dyingUntil !== null) return;
  halt(domain, now);
  domain.dyingUntil = now + lastingMs;
  domain.label = null;
  domain.pauses = 1;
  state.releases++;
  truth(domain, 'destroyed', now);
  end(domain.daemon);
  domain.daemon = null;
}

interface Due {
  readonly at: number;
  readonly happen: () => void;
}

/** The next thing that happens on this host without any command, and when. */
export function nextDue(state: State): Due | undefined {
  let next: Due | undefined;
  const consider = (at: number, happen: () => void) => {
    if (next === undefined || at < next.at) next = { at, happen };
  };
  for (const domain of state.domains) {
    const { since, ended, dyingUntil, rebuiltAt, daemon } = domain;
    if (dyingUntil !== null) consider(dyingUntil, () => remove(state, domain));
    else if (rebuiltAt !== null) consider(rebuiltAt, () => finishAnew(domain, rebuiltAt));
    else if (ended && daemon) consider(ended.time + reaction, () => handleEnd(state, domain, ended.time + reaction));
    else if (since !== null) {
      for (const plan of domain.plans) {
        const at = since + Math.max(plan.at - domain.ran, 0);
        consider(at, () => endBy(state, domain, plan.what, at));
      }
    }
  }
  for (const restart of state.restarts) consider(restart.at, () => makeAnew(state, restart));
  return next;
}

/** Carries out everything that has come due. */
export function settle(state: State, now: number): void {
  for (let due = nextDue(state); due !== undefined && due.at <= now; due = nextDue(state)) due.happen();
}

function remove(state: State, domain: Domain): void {
  state.domains = state.domains.filter((other) => other !== domain);
}

function endBy(state: State, domain: Domain, what: Plan['what'], at: number): void {
  halt(domain, at);
  domain.plans = [];
  // A PVH guest that powers off takes its CPUs offline.
  if (what === 'poweroff' && domain.spec.type === 'pvh') domain.vcpus = 0;
  domain.ended = { reason: reasons[what], time: at };
  state.releases++;
  truth(domain, what === 'crash' ? 'crashed' : 'shutdown', at, { reason: what });
}

/** What the domain's daemon does once the guest has ended. Without a daemon the domain stays as it is, for ever. */
function handleEnd(state: State, domain: Domain, now: number): void {
  const { daemon, ended, label, spec } = domain;
  if (!daemon || !ended) return;
  domain.daemon = null;
  if (!alive(daemon)) return;
  const action =
    ended.reason === reasons.crash ? spec.onCrash : ended.reason === reasons.reboot ? spec.onReboot : spec.onPoweroff;
  daemonLog(label, `Domain ${domain.domid} has shut down, reason code ${ended.reason} 0x${ended.reason}`);
  daemonLog(label, `Action for shutdown reason code ${ended.reason} is ${action}`);
  if (action === 'preserve') {
    daemonLog(label, 'Done. Exiting now');
    end(daemon);
    return;
  }
  daemonLog(label, `Domain ${domain.domid} needs to be cleaned up: destroying the domain`);
  destroy(state, domain, now);
  const restarts = action.endsWith('restart') || action === 'soft-reset';
  daemonLog(label, restarts ? 'Done. Rebooting now' : 'Done. Exiting now');
  if (restarts) state.restarts.push({ spec, label: label ?? spec.name, daemon, at: now + spec.rebootSeconds * 1000 });
  else end(daemon);
}

function makeAnew(state: State, restart: Restart): void {
  state.restarts = state.restarts.filter((other) => other !== restart);
  if (!alive(restart.daemon)) return;
  const domain = introduce(state, restart.spec, restart.at);
  domain.label = restart.label;
  domain.daemon = restart.daemon;
  domain.rebuiltAt = restart.at + restart.spec.createSeconds * 1000;
}

function finishAnew(domain: Domain, now: number): void {
  domain.rebuiltAt = null;
  if (!alive(domain.daemon)) return;
  truth(domain, 'rebooted', now);
  complete(domain, now);
}

/** Gives the domain the process that will act when it ends, with the command line `xl` would have. */
export function watchOver(domain: Domain, args: readonly string[]): void {
  domain.daemon = startDaemon(domain.label ?? domain.spec.name, args) ?? null;
  daemonLog(
    domain.label,
    `Waiting for domain ${domain.label} (domid ${domain.domid}) to die [pid ${domain.daemon?.pid}]`,
  );
}

/** Memory a new domain could get, in MiB. */
export function freeMemory(state: State): number {
  const used = state.domains.reduce((sum, domain) => sum + domain.memory, 0);
  return Math.max(host().totalMemoryMiB - host().dom0MemoryMiB - used, 0);
}
