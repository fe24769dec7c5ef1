import { readStat } from './process-stat.ts';

/** A process by number and start time, because numbers come back. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start in clock ticks since boot. */
  readonly startTicks: number;
}

/**
 * Names a process that lives now; undefined when there is none of that number, or only its zombie.
 *
 * @throws Error when it cannot be told.
 */
export function identify(pid: number, proc = '/proc'): ProcessIdentity | undefined {
  const stat = readStat(pid, proc);
  return stat === undefined || /[ZX]/.test(stat.state) || Number.isNaN(stat.startTicks)
    ? undefined
    : { pid, startTicks: stat.startTicks };
}

/** Whether that very process lives. One that cannot be looked at is not taken for dead. */
export function lives({ pid, startTicks }: ProcessIdentity, proc = '/proc'): boolean {
  try {
    return identify(pid, proc)?.startTicks === startTicks;
  } catch {
    return true;
  }
}

/** Reads what JSON holds of a process; undefined when it is none. */
export function processIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('startTicks' in value)) return undefined;
  const { pid, startTicks } = value;
  return Number.isInteger(pid) && Number.isInteger(startTicks)
    ? { pid: Number(pid), startTicks: Number(startTicks) }
    : undefined;
}
