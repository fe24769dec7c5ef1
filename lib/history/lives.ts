import type { HistoryEvent } from './event.ts';

/** A time in which a VM ran on a node, in milliseconds since 1970. */
export interface Stay {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A time in which a VM did not run. */
export interface Interruption {
  readonly vm: string;
  /** Where it had run; undefined when it was never seen to run before. */
  readonly node: string | undefined;
  readonly fromMs: number;
  /** undefined: it has not ended. */
  readonly toMs: number | undefined;
  /** Where it ran again. */
  readonly againOn?: string;
  readonly cause: string;
  /** It was stopped in good order, or moved by suspend and resume. */
  readonly planned: boolean;
}

/** What became of one VM in a time. */
export interface Life {
  readonly vm: string;
  readonly stays: readonly Stay[];
  readonly interruptions: readonly Interruption[];
  /** Live migrations and relocations. */
  readonly moves: readonly {
    readonly timeMs: number;
    readonly from: string;
    readonly to: string;
    readonly seconds?: number;
  }[];
  readonly reboots: readonly number[];
  readonly upMs: number;
  readonly unplannedMs: number;
  readonly plannedMs: number;
  /** The share of the time in which it ran, of that in which it was not stopped in good order; undefined without any. */
  readonly availability: number | undefined;
}

/** Exit code of a monitor that saw the VM dead (OCF). */
const notRunning = 7;

/** Pacemaker answers a failed monitor at once: what ends later than this, in milliseconds, ends for another reason. */
const answeredWithinMs = 900_000;

/**
 * Follows every VM through the events of a cluster.
 *
 * @param events in the order of their times.
 * @param untilMs the end of the time that is looked at: what runs then has run until then.
 */
export function livesOf(events: readonly HistoryEvent[], untilMs: number): readonly Life[] {
  const vms = [...new Set(events.map(({ vm }) => vm).filter((vm) => vm !== ''))].sort();
  return vms.map((vm) =>
    follow(
      vm,
      events.filter((event) => event.vm === vm || event.event === 'fenced'),
      untilMs,
    ),
  );
}

function follow(vm: string, events: readonly HistoryEvent[], untilMs: number): Life {
  const stays: Stay[] = [];
  const interruptions: Interruption[] = [];
  const moves: { timeMs: number; from: string; to: string; seconds?: number }[] = [];
  const reboots: number[] = [];
  let up: { node: string; fromMs: number } | undefined;
  let down: { node: string | undefined; fromMs: number; cause: string; planned: boolean } | undefined;

  /** A monitor that failed without seeing the VM dead: it runs on, until somebody acts upon it. */
  let trouble: { readonly timeMs: number; readonly cause: string } | undefined;

  const troubleAt = (timeMs: number) =>
    trouble !== undefined && timeMs - trouble.timeMs < answeredWithinMs ? trouble.cause : undefined;
  const leave = (toMs: number) => {
    if (up !== undefined && toMs > up.fromMs) stays.push({ ...up, toMs });
    up = undefined;
  };
  const fall = (fromMs: number, cause: string, planned: boolean) => {
    const node = up?.node;
    leave(fromMs);
    down ??= { node, fromMs, cause, planned };
  };
  const rise = (node: string, atMs: number) => {
    if (up?.node === node) return;
    leave(atMs);
    if (down !== undefined) interruptions.push({ vm, ...down, toMs: atMs, againOn: node });
    down = undefined;
    trouble = undefined;
    up = { node, fromMs: atMs };
  };

  for (const event of events) {
    const { time, node, seconds = 0 } = event;
    const began = time - seconds * 1000;
    switch (event.event) {
      case 'started':
        // It runs somewhere else, or anew, and nobody has said that it ended: whoever could have said so is gone.
        if (up !== undefined && event.found !== 'running')
          fall(began, because(troubleAt(began), `${up.node} was lost`), false);
        rise(node, time);
        break;
      case 'arrived':
        rise(node, time);
        break;
      case 'migrated':
        if (event.to === undefined) break;
        moves.push({ timeMs: time, from: node, to: event.to, ...(event.seconds === undefined ? {} : { seconds }) });
        up ??= { node, fromMs: began };
        if (event.live) rise(event.to, time);
        else fall(began, `moved to ${event.to} by suspend and resume`, true);
        break;
      case 'stopped':
        if (up !== undefined && up.node !== node) break;
        if (event.found === 'absent' || event.found === 'off') {
          if (up !== undefined) fall(began, because(troubleAt(began), 'it was found not running'), false);
        } else {
          const cause = troubleAt(time);
          fall(time, cause ?? 'it was stopped in good order', cause === undefined);
        }
        break;
      case 'died':
        if (up === undefined || up.node === node) fall(time, event.reason ?? 'it died', false);
        break;
      case 'failed':
        if (event.action === 'monitor' && (up === undefined || up.node === node)) {
          const cause = `its monitor failed: ${event.reason ?? 'no reason was given'}`;
          if (event.exit === notRunning) fall(time, cause, false);
          else trouble = { timeMs: time, cause };
        }
        if (event.action === 'start' && up === undefined)
          down ??= { node: undefined, fromMs: began, cause: `its start failed: ${event.reason ?? ''}`, planned: false };
        break;
      case 'rebooted':
        reboots.push(time);
        break;
      case 'fenced':
        if (up?.node === node) fall(time, because(troubleAt(time), `${node} was fenced`), false);
        break;
      case 'degraded':
        break;
    }
  }
  if (up !== undefined) leave(untilMs);
  else if (down !== undefined) interruptions.push({ vm, ...down, toMs: undefined });

  const sum = (spans: readonly { readonly fromMs: number; readonly toMs: number | undefined }[]) =>
    spans.reduce((total, { fromMs, toMs = untilMs }) => total + toMs - fromMs, 0);
  const upMs = sum(stays);
  const unplannedMs = sum(interruptions.filter(({ planned }) => !planned));
  const plannedMs = sum(interruptions.filter(({ planned }) => planned));
  const availability = upMs + unplannedMs === 0 ? undefined : upMs / (upMs + unplannedMs);
  return { vm, stays, interruptions, moves, reboots, upMs, unplannedMs, plannedMs, availability };
}

const because = (...causes: readonly (string | undefined)[]) =>
  causes.filter((cause) => cause !== undefined).join('; ');
