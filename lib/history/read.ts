import { fs } from '../system/bun.ts';
import { tailOf } from '../system/tail.ts';
import { type HistoryEvent, parseEvent } from './event.ts';
import { currentFile, historyFiles } from './files.ts';

/** Which events are wanted. */
export interface Selection {
  /** Milliseconds since 1970, both inclusive. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** The id of one VM's resource. */
  readonly vm?: string;
}

/** The events of this node in the order of their times. A file that cannot be read counts as empty. */
export function readEvents(
  folder: string,
  { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, vm }: Selection,
): HistoryEvent[] {
  return historyFiles(folder)
    .flatMap((name) => linesOf(`${folder}/${name}`, sinceMs))
    .map(parseEvent)
    .filter((event) => event !== undefined)
    .filter((event) => event.time >= sinceMs && event.time <= untilMs && (vm === undefined || event.vm === vm))
    .sort((one, other) => one.time - other.time);
}

/** The newest event of a VM among the last few hundred of this node, without reading more than these. */
export function lastEvent(folder: string, vm: string): HistoryEvent | undefined {
  return tailOf(`${folder}/${currentFile}`, 64 << 10)
    .split('\n')
    .reverse()
    .map(parseEvent)
    .find((event) => event?.vm === vm);
}

function linesOf(file: string, sinceMs: number): string[] {
  try {
    const found = fs().lstatSync(file);
    // A file that was written last before the time that is asked for holds nothing of it.
    if (!found.isFile() || found.mtimeMs < sinceMs) return [];
    return fs().readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
