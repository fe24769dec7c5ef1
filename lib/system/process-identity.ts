import { fs } from './bun.ts';

/** A process by number and start time, because numbers come back. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start in clock ticks since boot. */
  readonly startTicks: number;
}

/** Names a process that lives now; undefined when there is none of that number, or only its zombie. */
export function identify(pid: number, proc = '/proc'): ProcessIdentity | undefined {
  try {
    const stat = fs().readFileSync(`${proc}/${pid}/stat`, 'latin1');
    // The name in parentheses may hold blanks and parentheses: the fields begin behind the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTicks = Number(fields[19]);
    return fields[0] === 'Z' || fields[0] === 'X' || Number.isNaN(startTicks) ? undefined : { pid, startTicks };
  } catch {
    return undefined;
  }
}

/** Whether that very process lives. */
export function lives({ pid, startTicks }: ProcessIdentity): boolean {
  return identify(pid)?.startTicks === startTicks;
}

/** Reads what JSON holds of a process; undefined when it is none. */
export function processIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('startTicks' in value)) return undefined;
  const { pid, startTicks } = value;
  return Number.isInteger(pid) && Number.isInteger(startTicks)
    ? { pid: Number(pid), startTicks: Number(startTicks) }
    : undefined;
}
