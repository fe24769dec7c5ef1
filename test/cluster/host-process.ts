import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process of this machine; the start time tells it from a later one with the same number. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since the machine booted, as /proc/PID/stat has it. */
  readonly start: string;
}

/** Names a process that exists now; undefined when there is none or only its zombie. */
export function identify(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether that very process lives. */
export function lives({ pid, start }: ProcessId): boolean {
  return identify(pid)?.start === start;
}

/** A namespace that a process is in; `pid_for_children` is the one of the processes that it starts. */
type NamespaceKind = 'net' | 'pid' | 'pid_for_children';

/** The namespace of a process as the kernel names it, or undefined when the process is gone. */
export function namespaceOf(pid: number | 'self', kind: NamespaceKind): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}

/** The processes of this machine that are in a namespace. */
export function processesIn(namespace: string, kind: NamespaceKind): ProcessId[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => !Number.isNaN(pid) && namespaceOf(pid, kind) === namespace)
    .map(identify)
    .filter((one) => one !== undefined);
}

/** Sends a signal to a process, which may have ended meanwhile. */
export function signal(one: ProcessId, name: NodeJS.Signals): void {
  try {
    if (lives(one)) process.kill(one.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Kills processes and returns when they are gone.
 *
 * Blocking on purpose: it is also what runs while this program exits.
 *
 * @throws Error when one still lives 5 s later.
 */
export function killAndWait(processes: readonly ProcessId[]): void {
  for (const one of processes) signal(one, 'SIGKILL');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 5000; waited += 10) {
    if (!processes.some(lives)) return;
    Atomics.wait(cell, 0, 0, 10);
  }
  const left = processes.filter(lives).map(({ pid }) => pid);
  throw new Error(`these processes do not end on SIGKILL: ${left.join(' ')} (state: ps -o pid,stat,wchan,args)`);
}
