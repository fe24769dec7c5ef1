import type { Details } from '../history/event.ts';
import type { Deadline } from '../ocf/deadline.ts';
import type { OcfEnvironment } from '../ocf/environment.ts';
import type { Exit } from '../ocf/exit.ts';
import type { Log } from '../system/log.ts';
import type { Soon } from '../system/soon.ts';
import type { Host } from './host.ts';
import type { Parameters, Values } from './parameter.ts';

/** One advertised action. Times in seconds; they are advice that crm and pcs show and warn by. */
export interface Action {
  readonly name: string;
  readonly timeout: number;
  readonly interval?: number;
  readonly depth?: number;
}

/** Everything that an action's function may use. It touches neither `process` nor the clock of the machine. */
export interface Context<P extends Parameters> {
  readonly environment: OcfEnvironment;
  readonly parameters: Values<P>;
  readonly host: Host;
  readonly deadline: Deadline;
  /** Milliseconds that the whole action has, as Pacemaker or the advertised timeout says. */
  readonly timeoutMs: number;
  readonly log: Log;
  /** Adds something to what the history keeps of this action. */
  readonly tell: (details: Details) => void;
}

/** What each action answers for a state; in the agent because policy differs, documented from here. */
export interface StateRow {
  /** Monitor and probe. */
  readonly monitor: Exit;
  /** The state passes by itself: the monitor looks again until its deadline nears before it answers. */
  readonly passes: boolean;
  readonly start: Exit;
  readonly stop: Exit;
  readonly migrate_to: Exit;
  readonly migrate_from: Exit;
  /** What the state means, as the end of a sentence that begins with the VM's name. */
  readonly meaning: string;
  /** What the actions do about it, for the documentation. */
  readonly handling: string;
}

export type StateTable = Readonly<Record<string, StateRow>>;

export type ActionFunction<P extends Parameters> = (context: Context<P>) => Soon<Exit>;

/** An agent: one definition, from which meta-data, parsing, validation, usage and documentation derive. */
export interface Agent<P extends Parameters> {
  /** The file's name under `resource.d/virt`, for example `Xen`. */
  readonly name: string;
  readonly short: string;
  readonly long: string;
  readonly parameters: P;
  readonly actions: readonly Action[];
  /** Every state of a VM and what each action answers. */
  readonly states?: StateTable;
  /** By action name. They load their modules on demand, so that an action evaluates nothing it does not use. */
  readonly functions: Readonly<Record<string, ActionFunction<P>>>;
  /** Work in a process of its own, by the word that the agent's file is called with in place of an action. */
  readonly background?: Readonly<Record<string, (host: Host) => Promise<void>>>;
}

/** An agent of any parameter table, for what only reads definitions. */
// biome-ignore lint/suspicious/noExplicitAny: functions of different parameter tables have no common type
export type AnyAgent = Agent<any>;

/** Checks a definition's types and keeps the literal ones. */
export function defineAgent<const P extends Parameters>(agent: Agent<P>): Agent<P> {
  return agent;
}
