import type { Clock } from '../system/clock.ts';
import type { Process } from '../system/process-table.ts';
import type { Runner } from '../system/runner.ts';

/** The machine as an agent sees it; tests hand in another one. */
export interface Host {
  /** The arguments after the agent's own name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Folder of what must not outlive a boot, for root only. */
  readonly runFolder: string;
  /** Folder of what outlives a boot, the history above all; for root only. */
  readonly logFolder: string;
  /** The command that runs this agent's file again. */
  readonly ownCommand: readonly [string, ...string[]];
  /** The running processes. */
  processes(): readonly Process[];
  /** Whether a process of that number lives; cheap enough to be asked many times a second. */
  isAlive(pid: number): boolean;
  /** Sends a signal to one process; false when it is gone. */
  signal(pid: number, signal: NodeJS.Signals): boolean;
  out(text: string): void;
  err(text: string): void;
}
