import type { InferredOptionTypes, Options, PositionalOptions } from 'yargs';
import type { Clock } from '../lib/system/clock.ts';
import type { Runner } from '../lib/system/runner.ts';
import type { Terminal } from './terminal.ts';

/** What every command may use; tests hand in others. */
export interface Tools {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** The command that runs ocf-virt on this node. */
  readonly ownCommand: readonly string[];
  /** Aborted by Ctrl-C: a command that changes something puts it in order, then ends. */
  readonly interrupted: AbortSignal;
}

/** 0 all is well; 1 a problem was found, or the work failed; 2 the command was used in a wrong way. */
export type ExitCode = 0 | 1 | 2;

/** What a command found or did: as text for people, and as data for `--json`. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly text: string;
  readonly json: unknown;
}

type Positionals = Readonly<Record<string, PositionalOptions>>;
type CommandOptions = Readonly<Record<string, Options>>;

/** Options that every command has. */
export const commonOptions = {
  json: { type: 'boolean', default: false, describe: 'print the result as JSON' },
  timeout: { type: 'number', default: 10, describe: 'seconds that each node has to answer' },
} as const satisfies CommandOptions;

export type CommonArguments = InferredOptionTypes<typeof commonOptions>;

export type Arguments<P extends Positionals, O extends CommandOptions> = InferredOptionTypes<P> &
  InferredOptionTypes<O> &
  CommonArguments;

/** A command: one definition, from which parsing, help, completion and the man page derive. */
export interface Command<P extends Positionals, O extends CommandOptions> {
  /** Its words and positionals as yargs has them, for example `migration-address set <node> <address>`. */
  readonly usage: string;
  /** One line, without a capital and a full stop. */
  readonly summary: string;
  /** What it does, what it asks, what its exit code means: whole sentences, for `--help` and the man page. */
  readonly description: string;
  readonly positionals: P;
  readonly options: O;
  /** Command lines without `ocf-virt`, and what each does. At least one. */
  readonly examples: readonly (readonly [string, string])[];
  /** Not shown in help: for ocf-virt itself. */
  readonly hidden?: boolean;
  /** Loads its modules on demand. */
  readonly run: (args: Arguments<P, O>, tools: Tools) => Promise<Outcome>;
}

/** A command of any arguments, for what only reads definitions. */
// biome-ignore lint/suspicious/noExplicitAny: functions of different arguments have no common type
export type AnyCommand = Command<any, any>;

/** Checks a definition's types and keeps the literal ones. */
export function defineCommand<const P extends Positionals, const O extends CommandOptions>(
  command: Command<P, O>,
): Command<P, O> {
  return command;
}
