import { readFileSync, readlinkSync } from 'node:fs';

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

/** The namespace of a process as the kernel names it, or undefined when the process is gone. */
export function namespaceOf(pid: number | 'self', kind: 'net' | 'pid'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
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
  for (const one of processes) if (lives(one)) process.kill(one.pid, 'SIGKILL');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < 5000; waited += 10) {
    if (!processes.some(lives)) return;
    Atomics.wait(cell, 0, 0, 10);
  }
  const left = processes.filter(lives).map(({ pid }) => pid);
  throw new Error(`these processes do not end on SIGKILL: ${left.join(' ')} (state: ps -o pid,stat,wchan,args)`);
}
