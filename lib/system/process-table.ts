import { fs } from './bun.ts';
import { readStat, unlessGone } from './process-stat.ts';

/** One process of this machine, as `/proc` shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** The command line, argument by argument; empty for a kernel thread and for a zombie. */
  readonly args: readonly string[];
  /** Where standard output goes: a path, `pipe:[…]`, or '' when it may not be read. */
  readonly output: string;
  /** Start in clock ticks since boot. */
  readonly startTicks?: number;
}

/**
 * All processes that `/proc` shows to this process; one that ends meanwhile is left out.
 *
 * @throws Error when one cannot be read.
 */
export function processes(proc = '/proc'): Process[] {
  return fs()
    .readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(proc, Number(name)))
    .filter((found) => found !== undefined);
}

/** Sends a signal to a process and to all its descendants, parents first, so that none starts another one. */
export function killTree(root: number, signal: NodeJS.Signals): void {
  const table = processes();
  const doomed = [root];
  for (const pid of doomed) doomed.push(...table.filter(({ parent }) => parent === pid).map((child) => child.pid));
  for (const pid of doomed) sendSignal(pid, signal);
}

/** Sends a signal; false when the process is gone already. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Whether there is a process of that number. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readProcess(proc: string, pid: number): Process | undefined {
  const stat = readStat(pid, proc);
  const line = unlessGone(() => fs().readFileSync(`${proc}/${pid}/cmdline`, 'utf8'));
  if (stat === undefined || line === undefined) return undefined;
  const args = line.split('\0');
  // A process that wrote its own title over its arguments may have no zero byte at the end.
  if (args.at(-1) === '') args.pop();
  const { parent, startTicks } = stat;
  const output = args.length === 0 ? '' : outputOf(proc, pid);
  return { pid, parent, args, output, ...(Number.isNaN(startTicks) ? {} : { startTicks }) };
}

function outputOf(proc: string, pid: number): string {
  try {
    return fs().readlinkSync(`${proc}/${pid}/fd/1`);
  } catch {
    return '';
  }
}
