import { basename } from 'node:path';
import { drive } from './clock.ts';
import { type Command, xenstore, xl } from './commands.ts';
import { findFault, noHypervisor, noXenstore, suffer } from './faults.ts';
import { err, printed, writeAll } from './output.ts';
import { Refusal } from './refusal.ts';

const vmwareTools = ['vmrun', 'vmware-cmd', 'vmware-vim-cmd'];

/** What the simulator does for itself and for tests, called as `ocf-virt-sim TOOL ...`. */
const own: Record<string, () => Promise<Command>> = {
  relay: async () => (await import('./relay.ts')).relay,
  'restart-xenstored': async () => (await import('./xenstore-watch.ts')).restartXenstored,
  resume: async () => (await import('./resume.ts')).resume,
  settle: async () => (await import('./settle.ts')).settle,
  'vmware-hostd': async () => (await import('./vmware/daemon.ts')).startHostd,
  'vmware-settle': async () => (await import('./vmware/state.ts')).settleNow,
};

async function main(tool: string, args: readonly string[]): Promise<number> {
  if (tool === 'xl') {
    const [global = ''] = /^-[vfNtT]+$/.test(args[0] ?? '') ? args : [];
    const [name, ...rest] = global === '' ? args : args.slice(1);
    if (name === undefined) {
      writeAll(1, (await import('./xl/help.ts')).usage);
      return 1;
    }
    if (global.includes('N')) rest.unshift('-n');
    const command = xl[name];
    if (!command) {
      err('command not implemented\n');
      return 1;
    }
    return guarded([name, 'xl'], noHypervisor, async () => finish((await command())(rest)));
  }
  const command = xenstore[tool];
  if (command) return guarded([tool, 'xenstore'], noXenstore(tool), async () => finish((await command())(args)));
  if (vmwareTools.includes(tool)) return (await import('./vmware/run-tool.ts')).runTool(tool, args);
  const [name = '', ...rest] = args;
  if (tool === 'ocf-virt-sim' && own[name]) return refusing(async () => finish((await own[name]?.())?.(rest) ?? 1));
  if (tool === 'ocf-virt-sim' && (name === 'xl' || xenstore[name] || vmwareTools.includes(name)))
    return main(name, rest);
  err(`${tool}: not a simulated tool\n`);
  return 127;
}

/** The exit code of a command, when it has ended. */
function finish(outcome: ReturnType<Command>): number | Promise<number> {
  return typeof outcome === 'object' && 'next' in outcome ? drive(outcome) : outcome;
}

/** Runs one command, or what a fault makes of it. */
async function guarded(names: readonly string[], failure: string, run: () => Promise<number>): Promise<number> {
  const command = () => refusing(run, failure);
  try {
    const fault = findFault(names);
    if (fault) return await suffer(fault, failure, command);
  } catch (error) {
    return unreachable(error, failure);
  }
  const exit = await command();
  writeAll(1, printed());
  return exit;
}

async function refusing(run: () => Promise<number>, failure = ''): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Refusal)) return unreachable(error, failure);
    err(error.message);
    return error.exit;
  }
}

/** Whoever may not read the state is in the place of whoever may not open the hypervisor's device. */
function unreachable(error: unknown, failure: string): number {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'EPIPE') return 1;
  if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
  err(failure.replaceAll('No such file or directory', 'Permission denied'));
  return 1;
}

// A compiled executable is called through a link of the tool's name; the script form is that link itself.
const script = process.argv[1] ?? '';
main(basename(script.startsWith('/$bunfs/') ? process.argv0 : script), process.argv.slice(2)).then(
  (exit) => process.exit(exit),
  (error) => {
    err(`simulator: ${error instanceof Error ? error.stack : error}\n`);
    process.exit(70);
  },
);
