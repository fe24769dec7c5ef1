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
  return (
    fs()
      .readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      // A security module may hide processes from root, too.
      .map((name) => unlessGone(() => readProcess(proc, Number(name)), ['EACCES', 'EPERM']))
      .filter((found) => found !== undefined)
  );
}

/**
 * Sends a signal to a process and to all its descendants, parents first, so that none starts another one; to it alone
 * when these cannot be told. Timers call it, whose errors would end the program without a word: it throws none.
 */
export function killTree(root: number, signal: NodeJS.Signals, proc?: string): void {
  for (const pid of treeOf(root, proc)) sendSignal(pid, signal);
}

function treeOf(root: number, proc?: string): readonly number[] {
  const tree = [root];
  try {
    const table = processes(proc);
    for (const pid of tree) tree.push(...table.filter(({ parent }) => parent === pid).map((child) => child.pid));
  } catch {
    // As said above.
  }
  return tree;
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
  if (stat === undefined) return undefined;
  const args = fs().readFileSync(`${proc}/${pid}/cmdline`, 'utf8').split('\0');
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
