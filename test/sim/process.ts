import { readFileSync } from 'node:fs';
import { memoryHost } from './memory-host.ts';

/** A process by number and start time, because numbers come back. */
export interface ProcessId {
  readonly pid: number;
  readonly start: string;
}

/** Names a process that exists now; undefined when there is none, or only its zombie. */
export function identify(pid: number): ProcessId | undefined {
  const host = memoryHost();
  if (host) return host.identify(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, start: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Whether that very process still lives. */
export function alive(process: ProcessId | null): boolean {
  return process !== null && identify(process.pid)?.start === process.start;
}

/** Kills that very process, and no other that got its number. */
export function end(target: ProcessId | null): void {
  if (!target || !alive(target)) return;
  const host = memoryHost();
  if (host) host.kill(target.pid);
  else process.kill(target.pid, 'SIGKILL');
}

/** The process that runs this command. */
export const self = (): ProcessId | undefined => identify(memoryHost()?.self ?? process.pid);

/** The command line that runs this simulator again, whatever form it was built in. */
export function selfCommand(): [string, ...string[]] {
  const script = process.argv[1];
  return script === undefined || script.startsWith('/$bunfs/')
    ? [process.execPath]
    : [process.execPath, ...process.execArgv, script.replace(/[^/]*$/, 'ocf-virt-sim')];
}
