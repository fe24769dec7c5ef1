import { drive, type Work } from '../clock.ts';
import { type Fault, findFault, suffer } from '../faults.ts';
import { err, out, printed, writeAll } from '../output.ts';
import { Refusal } from './refusal.ts';

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

export interface Tool {
  readonly run: (args: readonly string[]) => Work<number>;
  /** The sub-command among the arguments, which names a fault. */
  readonly subCommand: (args: readonly string[]) => string;
  /** What it says when the service of its product does not answer. */
  readonly unreachable: (args: readonly string[]) => Answer;
  /** A line that may come before any output. */
  readonly noise: string;
}

/** The simulated tools; each is loaded when it is called. */
export const tools: Record<string, () => Promise<Tool>> = {
  'vmware-cmd': async () => (await import('./vmware-cmd.ts')).vmwareCmd,
  'vmware-vim-cmd': async () => (await import('./vim-cmd.ts')).vimCmd,
  vmrun: async () => (await import('./vmrun.ts')).vmrun,
};

/** Runs a tool of VMware, or what a fault makes of it. */
export async function runTool(name: string, args: readonly string[]): Promise<number> {
  const tool = await (tools[name] as () => Promise<Tool>)();
  const command = () => drive(refusing(tool.run(args)));
  const fault = findFault([`${name}-${tool.subCommand(args)}`, name]);
  if (fault) return suffer(worded(fault, tool, args), '', command);
  const exit = await command();
  writeAll(1, printed());
  return exit;
}

/** A fault that says nothing itself is a service that does not answer. */
function worded(fault: Fault, tool: Tool, args: readonly string[]): Fault {
  const { kind = 'error', stdout, stderr, exit } = fault;
  if (kind === 'noise') return { ...fault, stdout: stdout ?? tool.noise };
  const isMute = kind === 'error' && stdout === undefined && stderr === undefined && exit === undefined;
  return isMute ? { ...fault, ...tool.unreachable(args) } : fault;
}

/** What a refusal prints, and its exit code. */
export function* refusing(work: Work<number>): Work<number> {
  try {
    return yield* work;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    out(error.stdout);
    err(error.stderr);
    return error.exit;
  }
}
