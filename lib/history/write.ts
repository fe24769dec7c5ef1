import { fs } from '../system/bun.ts';
import { oneLine } from '../system/log.ts';
import { privateFolder } from '../system/memory.ts';
import type { HistoryEvent } from './event.ts';
import { currentFile, historyFiles } from './files.ts';

/** Bytes of a file before the next one is begun, and how many older ones are kept: some 80 000 events. */
const fileBytes = 4 << 20;
const filesKept = 4;

/** No reason is longer, so that a line is written as a whole: one write of a few hundred bytes. */
const longestReason = 500;

/**
 * Adds an event to the history of this node. A full disk, or a folder that is not root's, loses the event and nothing
 * else: an action never fails for its history.
 */
export function writeEvent(folder: string, event: Omit<HistoryEvent, 'time'>): void {
  const { reason } = event;
  const short = reason === undefined ? {} : { reason: oneLine(reason).slice(0, longestReason) };
  const line = `${JSON.stringify({ time: Date.now(), ...event, ...short })}\n`;
  try {
    privateFolder(folder);
    const file = `${folder}/${currentFile}`;
    const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = fs().constants;
    const descriptor = fs().openSync(file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    try {
      fs().writeSync(descriptor, line);
      if (fs().fstatSync(descriptor).size > fileBytes) beginNext(folder, descriptor);
    } finally {
      fs().closeSync(descriptor);
    }
  } catch {
    // As said above.
  }
}

/** Puts a full file aside under a name of its own, and removes the oldest. */
function beginNext(folder: string, descriptor: number): void {
  const file = `${folder}/${currentFile}`;
  // Another process may have done it since this one opened the file.
  if (fs().statSync(file).ino !== fs().fstatSync(descriptor).ino) return;
  fs().renameSync(file, `${folder}/history-${Date.now()}.jsonl`);
  const old = historyFiles(folder).filter((name) => name !== currentFile);
  for (const name of old.slice(0, Math.max(0, old.length - filesKept)))
    fs().rmSync(`${folder}/${name}`, { force: true });
}
