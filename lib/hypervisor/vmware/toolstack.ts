import type { Deadline } from '../../ocf/deadline.ts';
import type { Runner, RunResult } from '../../system/runner.ts';
import type { Choice, Question } from './question.ts';
import type { Entry, VmwareState } from './vmware-state.ts';

/** In the order in which they are tried. */
export const toolstacks = ['vmware-vim-cmd', 'vmware-cmd', 'vmrun'] as const;
export type Toolstack = (typeof toolstacks)[number];

/** One VM, and the tool that is asked for it. */
export interface Target {
  readonly runner: Runner;
  readonly program: string;
  /** Options in front of every command: the kind of host and the login. */
  readonly options: readonly string[];
  readonly vmxpath: string;
  /** Where the symbolic links of the path lead. Asked for only when the path itself is not found. */
  realPath(): string;
  /** The entry of the last look, which saves a search. */
  readonly known: Entry | undefined;
}

/** One look at a VM: what the tool says, with as few calls as it takes. */
export type Look = (target: Target, deadline: Deadline) => VmwareState | Promise<VmwareState>;

/** Something that a tool is told to do to a VM. */
export type Operation = 'power on' | 'suspend' | 'shut down' | 'power off';

/** What a guest's VMware Tools say of themselves. */
export type ToolsState = 'running' | 'silent' | 'unknown';

/**
 * What a toolstack can do to a VM. Commands tell what the tool answered: undefined for success, else its words. What
 * became of the VM only a look tells.
 */
export interface Commands {
  /** Enters the VM in the inventory; also when it is there already, or as an invalid entry. */
  register(deadline: Deadline): Promise<string | undefined>;
  unregister(entry: Entry | undefined, deadline: Deadline): Promise<string | undefined>;
  /** The words of an operation behind the options. `hard`: without the guest's scripts. */
  words(operation: Operation, entry: Entry | undefined, hard: boolean): readonly string[];
  /** What a command that ended printed against its success; undefined when it succeeded. */
  complaint(result: RunResult): string | undefined;
  /**
   * Reads the pending question and gives the answer that `choose` picks; without one, nothing is answered.
   *
   * @returns undefined when no question is pending, or the toolstack cannot tell.
   */
  ask(
    entry: Entry | undefined,
    choose: (question: Question) => Choice | undefined,
    deadline: Deadline,
  ): Promise<{ readonly question: Question; readonly answered: Choice | undefined } | undefined>;
  /** Whether VMware Tools in the guest give a sign of life. */
  tools(entry: Entry | undefined, deadline: Deadline): ToolsState;
}

/** All that a program printed, with both kinds of line ends made one. */
export const allText = ({ stdout, stderr }: Pick<RunResult, 'stdout' | 'stderr'>) =>
  `${stdout}\n${stderr}`.replaceAll('\r\n', '\n');
