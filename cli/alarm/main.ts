import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { badArguments, OcfError } from '../../lib/ocf/error.ts';
import { type Clock, fromNow } from '../../lib/system/clock.ts';
import type { Runner } from '../../lib/system/runner.ts';
import { localTime } from '../local-time.ts';
import { readAlert } from './alert.ts';
import { askLimit, type Verdict } from './limit.ts';
import { parseRecipient } from './recipient.ts';
import { type Alarm, type AlarmKind, alarmKinds, alarmOf, usualKinds } from './rules.ts';
import { type Message, send } from './send.ts';
import { isSpeaker } from './speaker.ts';

/** What the alert agent sees of its machine. */
export interface AlarmHost {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Where it remembers what it has sent; Pacemaker runs alert agents as the user hacluster. */
  readonly folder: string;
  err(text: string): void;
}

/**
 * The alert agent: reads what Pacemaker tells it, and sends an alarm where the rules say so. The options are attributes of
 * the alert, or of a recipient.
 *
 * @returns the exit code: 0 sent, or nothing to send; 1 not sent; 2 a wrong option.
 */
export async function alarm(host: AlarmHost): Promise<number> {
  try {
    const { env } = host;
    const options = readOptions(env);
    const recipient = parseRecipient(env['CRM_alert_recipient'] ?? '');
    const alert = readAlert(env);
    const found = alert === undefined ? undefined : alarmOf(alert);
    if (found === undefined || !options.kinds.includes(found.kind)) return 0;
    const deadline = fromNow(options.deadlineMs, host.clock);
    if (found.known === 'to all nodes' && !isSpeaker(host.runner, deadline.within(5000))) return 0;
    const verdict = limited(found, options.limit, host);
    if (!verdict.send) return 0;
    await send(recipient, messageOf(found, verdict, env), {
      ...{ runner: host.runner, clock: host.clock, deadline },
      from: options.from,
    });
    return 0;
  } catch (error) {
    if (error instanceof OcfError) host.err(`ocf-virt-alarm: ${error.message}. ${error.remedy}\n`);
    else host.err(`ocf-virt-alarm: ${error instanceof Error ? error.stack : error}\n`);
    return error instanceof OcfError && error.exit === 2 ? 2 : 1;
  }
}

interface Options {
  readonly kinds: readonly AlarmKind[];
  /** Alarms an hour and recipient; 0: any number. */
  readonly limit: number;
  readonly deadlineMs: number;
  readonly from: string | undefined;
}

function readOptions(env: AlarmHost['env']): Options {
  const number = (name: string, usual: number) => {
    const text = env[name] ?? String(usual);
    if (/^\d{1,6}$/.test(text)) return Number(text);
    throw badArguments(`${name}=${JSON.stringify(text)} is no number`, `write for example ${name}=${usual}`);
  };
  const kinds = (env['alarm_kinds'] ?? usualKinds.join(' ')).split(/[\s,]+/).filter(Boolean);
  const unknown = kinds.find((kind) => !Object.hasOwn(alarmKinds, kind));
  if (unknown !== undefined)
    throw badArguments(
      `alarm_kinds has ${JSON.stringify(unknown)}, which is none`,
      `they are ${Object.keys(alarmKinds).join(', ')}`,
    );
  return {
    kinds: kinds as AlarmKind[],
    limit: number('alarm_limit', 20),
    // Pacemaker ends an alert agent after 30 s.
    deadlineMs: number('alarm_deadline', 20) * 1000,
    from: env['alarm_from'],
  };
}

/** What cannot be counted is sent: an alarm too many is better than one too few. */
function limited(alarm: Alarm, limit: number, { env, folder, err }: AlarmHost): Verdict {
  const subject = [alarm.kind, alarm.node, alarm.resource].join(' ');
  try {
    const wanted = { time: Date.now(), subject, id: randomUUID() };
    return askLimit(folder, env['CRM_alert_recipient'] ?? '', wanted, limit);
  } catch (error) {
    err(`ocf-virt-alarm: alarms are not limited: ${error instanceof Error ? error.message : error}\n`);
    return { send: true, heldBack: 0 };
  }
}

function messageOf(
  { kind, node, resource, text }: Alarm,
  { heldBack, silentUntilMs }: Verdict,
  env: AlarmHost['env'],
): Message {
  const time = Number(env['CRM_alert_timestamp_epoch']) * 1000 || Date.now();
  const lines = [
    text,
    '',
    `Time: ${localTime(time)}. Told by ${hostname()}.`,
    ...(heldBack > 0 ? [`Not sent since the last alarm: ${heldBack}.`] : []),
    ...(silentUntilMs === undefined ? [] : [`This is the last alarm until ${localTime(silentUntilMs)}.`]),
  ];
  const data = {
    ...{ kind, node, ...(resource === undefined ? {} : { resource }), time, toldBy: hostname(), heldBack },
    ...(silentUntilMs === undefined ? {} : { silentUntil: silentUntilMs }),
  };
  return { subject: `[cluster] ${text.split('; what happened')[0]}`, text: lines.join('\n'), data };
}
