import type { Deadline } from '../ocf/deadline.ts';

/** What became of an external program. Only `exited` says anything about the thing that was asked. */
export interface RunResult {
  readonly outcome: 'exited' | 'missing' | 'denied' | 'timed-out' | 'flooded' | 'killed';
  /** Exit code; -1 unless `exited`. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The one door to external programs. A non-zero exit is data, not an exception: the driver decides what it means.
 *
 * Nothing passes through a shell: arguments are handed over as they are.
 */
export interface Runner {
  /** A short question to a program that starts no other one. Synchronous, because that halves a monitor's start-up. */
  query(program: string, args: readonly string[], deadline: Deadline): RunResult;
  /**
   * Work that may take long or start other programs: ended with its whole process tree at the deadline. `input` is for its
   * standard input, which is empty without.
   */
  perform(program: string, args: readonly string[], deadline: Deadline, input?: string): Promise<RunResult>;
  /** A program that asks on its standard output and waits for an answer: ended at the deadline as `perform` does. */
  converse(program: string, args: readonly string[], reply: Reply, deadline: Deadline): Promise<RunResult>;
  /** Work that must outlive the agent, in a session of its own, with `more` in its environment. */
  launch(
    program: string,
    args: readonly string[],
    logFile: string,
    more?: Readonly<Record<string, string>>,
  ): Promise<Launched>;
}

/**
 * What to say to a program, from all that it has printed so far: nothing yet, a text, or `hang up`, which ends the program
 * before it could take the silence for an answer. Asked until it answers once.
 */
export type Reply = (output: string) => string | 'hang up' | undefined;

/** A program in a session of its own. */
export interface Launched {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Waits for the end, at most until the deadline; undefined when it still runs then. */
  ended(deadline: Deadline): Promise<number | undefined>;
}

/** 1 MiB: `xl list` of a thousand domains is a tenth of that. More is a broken tool, not an answer. */
export const maxOutputBytes = 1 << 20;

/** The last line that a program printed, for an exit reason: stderr first, else stdout, else how it ended. */
export function lastWords(result: RunResult): string {
  const line = lastLine(result.stderr) ?? lastLine(result.stdout);
  if (result.outcome !== 'exited')
    return line === undefined ? endings[result.outcome] : `${endings[result.outcome]}: ${line}`;
  return line ?? `exit code ${result.code} and no message`;
}

const endings: Record<Exclude<RunResult['outcome'], 'exited'>, string> = {
  missing: 'program not found',
  denied: 'program not executable',
  'timed-out': 'no answer in time',
  flooded: 'more output than any answer has',
  killed: 'killed by a signal',
};

function lastLine(text: string): string | undefined {
  const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  // What is no character (of a broken tool, or of a hostile guest's name) does not belong into the operator's terminal.
  const printable = line.replace(/[\p{C}\ufffd]+/gu, '?').slice(0, 300);
  return printable === '' ? undefined : printable;
}
