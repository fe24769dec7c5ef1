import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { privateFolder } from '../../lib/system/memory.ts';

/** An alarm that somebody was to be told of, sent or not. */
export interface Wanted {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** What it is about: the same again within a few minutes is not sent again. */
  readonly subject: string;
  /** Tells it from all others. */
  readonly id: string;
}

/** Whether an alarm is sent. */
export interface Verdict {
  readonly send: boolean;
  /** How many alarms were not sent since the last one that was. */
  readonly heldBack: number;
  /** When the next one can be sent, if this one is the last for now; in milliseconds since 1970. */
  readonly silentUntilMs?: number;
}

const windowMs = 3_600_000;
const sameMs = 300_000;
/** A file that has grown to this size, in bytes, is cut to its newest lines. */
const fileBytes = 256 << 10;
const linesKept = 1000;

/**
 * Judges one of the alarms that a recipient was to have, in the order in which they were wanted. Whoever judges comes to the
 * same verdicts, so that alarms at the same time need no lock.
 *
 * @param limit how many are sent in an hour; 0: any number.
 */
export function judge(wanted: readonly Wanted[], id: string, limit: number): Verdict {
  const sent: Wanted[] = [];
  let heldBack = 0;
  for (const one of wanted) {
    const recent = sent.filter(({ time }) => one.time - time < windowMs);
    const isRepeated = recent.some(({ subject, time }) => subject === one.subject && one.time - time < sameMs);
    const send = !isRepeated && (limit === 0 || recent.length < limit);
    if (one.id === id) {
      const isLast = send && limit > 0 && recent.length === limit - 1;
      const silentUntilMs = (recent[0]?.time ?? one.time) + windowMs;
      return { send, heldBack, ...(isLast ? { silentUntilMs } : {}) };
    }
    if (send) {
      sent.push(one);
      heldBack = 0;
    } else heldBack += 1;
  }
  return { send: true, heldBack };
}

/**
 * Notes an alarm, and says whether it is sent.
 *
 * @throws Error when nothing can be kept in the folder.
 */
export function askLimit(folder: string, recipient: string, alarm: Wanted, limit: number): Verdict {
  const name = createHash('sha256').update(recipient).digest('hex').slice(0, 16);
  const file = `${privateFolder(folder)}/${name}.jsonl`;
  appendFileSync(file, `${JSON.stringify(alarm)}\n`, { mode: 0o600 });
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  if (statSync(file).size > fileBytes) writeFileSync(file, `${lines.slice(-linesKept).join('\n')}\n`);
  return judge(
    lines.map(parse).filter((one) => one !== undefined),
    alarm.id,
    limit,
  );
}

function parse(line: string): Wanted | undefined {
  try {
    const { time, subject, id } = JSON.parse(line);
    return typeof time === 'number' && typeof subject === 'string' && typeof id === 'string'
      ? { time, subject, id }
      : undefined;
  } catch {
    return undefined;
  }
}
