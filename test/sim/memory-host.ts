import type { State as XenState } from './domain.ts';
import type { Host, TruthLine } from './host.ts';
import type { ProcessId } from './process.ts';
import type { Product, State as VmwareState } from './vmware/vm.ts';

/**
 * A simulated host that lives in the memory of the process which runs its commands, on a clock that this one moves. It
 * takes the place of the files, processes and clock that a host has whose commands are programs.
 */
export interface MemoryHost {
  readonly settings: Partial<Host> & { readonly host: string; readonly etc: string };
  xen: XenState | undefined;
  vmware: VmwareState | undefined;
  /** The process of the command that runs just now. */
  self: number;
  /** What that command has printed. */
  stdout: string;
  stderr: string;
  now(): number;
  /** Lets time pass inside of a command. */
  elapse(ms: number): void;
  /** A process by its number; undefined when there is none. */
  identify(pid: number): ProcessId | undefined;
  kill(pid: number): void;
  /** The program that runs becomes another one. */
  exec(args: readonly string[]): void;
  startDaemon(label: string, args: readonly string[]): ProcessId;
  startVm(path: string, product: Product): ProcessId;
  logTruth(line: TruthLine): void;
  hasFault(name: string): boolean;
  /** Starts what `xl migrate` reaches the other end by; lines go and come by it. */
  connect(command: string): Transport;
  /** The other end's side of the same. */
  readonly session: Session;
}

/** The connection to a receiver, as the sender has it. */
export interface Transport {
  /** Lines that arrived and were not read yet. */
  readonly lines: string[];
  /** Whether the other end, or the way to it, is gone. */
  ended(): boolean;
  send(line: string): void;
  close(): void;
  /** How the process of the transport ended; undefined while it lives. */
  exit(): { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  readonly pid: number | undefined;
}

/** The connection to a sender, as the receiver has it. */
export interface Session {
  readonly lines: string[];
  ended(): boolean;
  /** False when the sender is not there any more. */
  tell(text: string): boolean;
  /** Says something on the standard error of a link that keeps it apart; false when nobody is there to hear it. */
  complain?(text: string): boolean;
}

let current: MemoryHost | undefined;

/** The host in memory whose command runs just now; undefined in a program of its own. */
export const memoryHost = (): MemoryHost | undefined => current;

/** Runs a piece of a command on a host in memory. */
export function onHost<T>(host: MemoryHost, work: () => T): T {
  const before = current;
  current = host;
  try {
    return work();
  } finally {
    current = before;
  }
}
