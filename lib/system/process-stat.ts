import { fs } from './bun.ts';

/** What `/proc/PID/stat` says of a process (proc_pid_stat(5)). */
export interface ProcessStat {
  /** One letter: `Z` and `X` are processes that have ended. */
  readonly state: string;
  readonly parent: number;
  /** Start in clock ticks since boot; NaN when it does not say. */
  readonly startTicks: number;
}

/**
 * Reads what a process is; undefined when there is none of that number.
 *
 * @throws Error when it cannot be told, for example because this process has too many open files.
 */
export function readStat(pid: number, proc = '/proc'): ProcessStat | undefined {
  return unlessGone(() => {
    const stat = fs().readFileSync(`${proc}/${pid}/stat`, 'latin1');
    // The name in parentheses may hold blanks and parentheses: the fields begin behind the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), startTicks: Number(fields[19]) };
  });
}

/**
 * The result of a reading in `/proc`; undefined when the process has ended meanwhile.
 *
 * @param others error codes that mean nothing worse here.
 * @throws Error of the reading for any other reason.
 */
export function unlessGone<Result>(read: () => Result, others: readonly string[] = []): Result | undefined {
  try {
    return read();
  } catch (error) {
    // ESRCH: it ended between the opening and the reading.
    const harmless = ['ENOENT', 'ESRCH', ...others];
    if (error instanceof Error && 'code' in error && harmless.includes(String(error.code))) return undefined;
    throw error;
  }
}
