import { now as clockNow } from '../clock.ts';
import { type Domain, reasons, type State } from '../domain.ts';
import { cpuSeconds, guestClock } from '../guest.ts';
import { host } from '../host.ts';
import { options } from '../options.ts';
import { out } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, view } from '../state.ts';
import { namesKnown } from '../xenstore-reach.ts';
import { usageOf } from './help.ts';
import { listLong } from './list-long.ts';
import { need } from './lookup.ts';

/** One line of a listing; Domain-0 has one as well. */
export interface Row {
  readonly label: string | null;
  readonly domid: number;
  readonly memory: number;
  readonly vcpus: number;
  readonly letters: string;
  readonly seconds: number;
  readonly uuid: string;
  readonly reason: number | null;
}

const longOptions = ['long', 'verbose', 'context', 'cpupool', 'numa'];

/** A number is an id, and needs no xenstore. */
const byId = (state: State, qualifier: string) => (/^\d+$/.test(qualifier) ? find(state, qualifier) : undefined);

/** `xl list [-l] [-v] [DOMAIN]` */
export function list(args: readonly string[]): number {
  const { flags, rest } = options(args, '', longOptions);
  if (rest.length > 1) {
    out(usageOf('list'));
    return 1;
  }
  const state = view();
  const now = clockNow();
  const [qualifier] = rest;
  if (qualifier !== undefined && /^[1-9]\d*$/.test(qualifier) && !find(state, qualifier)) {
    throw new Refusal(`Error: Domain '${qualifier}' does not exist.\n`);
  }
  const isDom0 = qualifier === '0' || (qualifier === 'Domain-0' && namesKnown());
  const wanted =
    qualifier === undefined ? state.domains : isDom0 ? [] : [byId(state, qualifier) ?? need(state, qualifier)];
  if (flags.has('l') || flags.has('long')) return listLong(wanted);
  const rows = wanted.map((domain) => row(domain, now));
  if (qualifier === undefined || isDom0) rows.unshift(dom0(state, now));
  const verbose = flags.has('v') || flags.has('verbose');
  const more = '   UUID                            Reason-Code\tSecurity Label';
  out(`Name                                        ID   Mem VCPUs\tState\tTime(s)${verbose ? more : ''}\n`);
  for (const one of rows) out(`${line(one)}${verbose ? verboseColumns(one) : ''}\n`);
  return 0;
}

/** Every listed domain, Domain-0 first. */
export function allRows(state: State, now: number): Row[] {
  return [dom0(state, now), ...state.domains.map((domain) => row(domain, now))];
}

/** A domain's line. */
function row(domain: Domain, now: number): Row {
  return {
    label: namesKnown() ? domain.label : null,
    domid: domain.domid,
    memory: Math.floor(domain.memory),
    vcpus: domain.vcpus,
    letters: letters(domain, now),
    seconds: cpuSeconds(domain, now),
    uuid: domain.uuid,
    reason: domain.ended ? domain.ended.reason : null,
  };
}

function dom0(state: State, now: number): Row {
  return {
    label: namesKnown() ? 'Domain-0' : null,
    domid: 0,
    memory: host().dom0MemoryMiB,
    vcpus: 1,
    letters: 'r-----',
    seconds: 20 + ((now - state.booted) / 1000) * 0.1,
    uuid: '00000000-0000-0000-0000-000000000000',
    reason: null,
  };
}

/** State letters: running, blocked, paused, shut down, why, dying. An idle guest is blocked, a booting one is not. */
function letters(domain: Domain, now: number): string {
  const { ended, pauses, since, dyingUntil, spec } = domain;
  if (dyingUntil !== null) return ended ? `--ps${why(ended.reason)}-` : '--p--d';
  if (ended) return `---s${why(ended.reason)}-`;
  if (pauses > 0) return '--p---';
  return since !== null && guestClock(domain, now) >= spec.bootSeconds * 1000 ? '-b----' : '------';
}

function why(reason: number): string {
  return (
    { [reasons.poweroff]: '-', [reasons.reboot]: 'r', [reasons.suspend]: 's', [reasons.crash]: 'c' }[reason] ?? '-'
  );
}

function line(one: Row): string {
  const name = (one.label ?? '(null)').padEnd(40);
  const numbers = [one.domid, one.memory, one.vcpus].map((number) => String(number).padStart(5));
  return `${name} ${numbers.join(' ')}     ${one.letters}  ${one.seconds.toFixed(1).padStart(8)}`;
}

function verboseColumns({ uuid, reason }: Row): string {
  return ` ${uuid} ${(reason === null ? '-' : reason.toString(16)).padStart(8)} ${'-'.padStart(16)}`;
}
