import type { Context } from '../../lib/agent/define.ts';
import { toolOptions } from '../../lib/hypervisor/vmware/login.ts';
import { type Commands, type Target, type Toolstack, toolstacks } from '../../lib/hypervisor/vmware/toolstack.ts';
import { startingProcesses, vmProcesses } from '../../lib/hypervisor/vmware/vm-processes.ts';
import { type Entry, isDown, type VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { baseName } from '../../lib/system/base-name.ts';
import { fs } from '../../lib/system/bun.ts';
import { fileMemory, type Memory } from '../../lib/system/memory.ts';
import type { Process } from '../../lib/system/process-table.ts';
import type { Soon } from '../../lib/system/soon.ts';
import { patientLook } from '../shared/patient-look.ts';
import type { parameters } from './parameters.ts';

export type VmwareContext = Context<typeof parameters>;

/** What is remembered of a VM between two actions on this node. */
export interface Facts {
  readonly vmxpath: string;
  /** The toolstack that was found to manage it. */
  readonly toolstack: Toolstack;
  /** How its inventory names it, which saves a search. */
  readonly entry?: Entry | undefined;
  /** Monitors in a row that got no answer from the toolstack. */
  readonly unknownMonitors?: number;
}

/** The VM of a resource, with what every action does to it. */
export interface Vm {
  readonly vmxpath: string;
  /** For messages. */
  readonly label: string;
  /** What was remembered when the action began. */
  readonly facts: Facts | undefined;
  readonly memory: Memory<Facts>;
  /** The toolstack that answered the last look. */
  readonly toolstack: () => Toolstack;
  /** The processes of the VM on this node, and of tools that are about to power it on. */
  processes(): readonly Process[];
  /** A sign that the VM lives on this node, apart from the toolstack; undefined when there is none. */
  signOfLife(): Promise<string | undefined>;
  /** One look. */
  look(deadline: Deadline): Promise<VmwareState>;
  /** Looks until `done` or the deadline; an unanswered look counts only until toolstack_timeout. */
  lookUntil(done: (state: VmwareState) => boolean, deadline: Deadline): Soon<VmwareState>;
  /** The tool, its options, and what it can do. */
  tool(): Promise<{ readonly program: string; readonly options: readonly string[]; readonly commands: Commands }>;
}

/** The VM that the parameters of a context mean. */
export async function vmOf(context: VmwareContext): Promise<Vm> {
  const { host, parameters, environment } = context;
  const { vmxpath } = parameters;
  const file = baseName(vmxpath);
  const memory = fileMemory<Facts>(`VMware-${environment.instance}`, host.runFolder);
  const remembered = memory.read();
  const isValid = remembered?.vmxpath === vmxpath && isAllowed(remembered.toolstack, context);
  const facts = isValid ? remembered : undefined;
  let toolstack = facts?.toolstack;
  let known = facts?.entry;
  let options: readonly string[] | undefined;

  const target = async (one: Toolstack): Promise<Target> => {
    options = await toolOptions(one, parameters);
    if (one === 'vmrun' && parameters.vmrun_type === 'server' && known === undefined) {
      known = await (await import('./datastore-entry.ts')).datastoreEntry(vmxpath);
    }
    const program = one === 'vmware-vim-cmd' ? (parameters.vimshbin ?? one) : one;
    return { runner: host.runner, program, options, vmxpath, realPath: () => realPath(vmxpath), known };
  };
  const ask = async (deadline: Deadline): Promise<VmwareState> => {
    const candidates = toolstack === undefined ? allowed(context) : [toolstack];
    for (const candidate of candidates) {
      const state = await lookWith(candidate, await target(candidate), deadline);
      if (state.kind === 'unknown' && state.notInstalled) continue;
      toolstack = candidate;
      if ('entry' in state) known = state.entry;
      else if (isDown(state) && candidate !== 'vmrun') known = undefined;
      return state;
    }
    const why = `${candidates.length > 1 ? 'none of ' : ''}${candidates.join(', ')} is ${candidates.length > 1 ? '' : 'not '}installed`;
    return { kind: 'unknown', why, notInstalled: true };
  };
  const processes = () => {
    const [all, paths] = [host.processes(), [vmxpath, realPath(vmxpath)]];
    const names = known === undefined ? paths : [...paths, known.file];
    return [...vmProcesses(all, paths), ...startingProcesses(all, names, known?.id)];
  };
  const signOfLife = async () => {
    const [process] = processes();
    if (process !== undefined) return `its process ${process.pid} (${baseName(process.args[0] ?? '')}) lives`;
    const { livingLock } = await import('./own-locks.ts');
    return livingLock(context);
  };
  const look = async (deadline: Deadline) => {
    // A tool that hangs must leave time to ask again: no single look takes more than a third of what is left.
    const state = await ask(deadline.within(Math.max(1000, deadline.remaining() / 3)));
    const life = isDown(state) ? await signOfLife() : undefined;
    return life === undefined ? state : ({ kind: 'lingering', why: life } as const);
  };
  return {
    vmxpath,
    label: file === `${environment.instance}.vmx` ? environment.instance : `${environment.instance} (${file})`,
    facts,
    memory,
    toolstack: () => toolstack ?? 'vmrun',
    processes,
    signOfLife,
    look,
    lookUntil: patientLook(look, parameters.toolstack_timeout, host.clock),
    tool: async () => {
      const name = toolstack ?? 'vmrun';
      const made = await target(name);
      return { program: made.program, options: made.options, commands: await commandsOf(name, made, context) };
    },
  };
}

/** The toolstacks that the parameter allows, in the order in which they are tried. */
function allowed({ parameters }: VmwareContext): readonly Toolstack[] {
  return parameters.toolstack === 'auto' ? toolstacks : toolstacks.filter((one) => one === parameters.toolstack);
}

const isAllowed = (toolstack: Toolstack, context: VmwareContext) => allowed(context).includes(toolstack);

/** A look, with no more of the drivers loaded than it needs. */
async function lookWith(toolstack: Toolstack, target: Target, deadline: Deadline): Promise<VmwareState> {
  switch (toolstack) {
    case 'vmware-cmd':
      return (await import('../../lib/hypervisor/vmware/vmware-cmd-look.ts')).lookWithVmwareCmd(target, deadline);
    case 'vmware-vim-cmd':
      return (await import('../../lib/hypervisor/vmware/vim-cmd-look.ts')).lookWithVimCmd(target, deadline);
    case 'vmrun':
      return (await import('../../lib/hypervisor/vmware/vmrun-look.ts')).lookWithVmrun(target, deadline);
  }
}

async function commandsOf(toolstack: Toolstack, target: Target, { parameters }: VmwareContext): Promise<Commands> {
  switch (toolstack) {
    case 'vmware-cmd':
      return (await import('../../lib/hypervisor/vmware/vmware-cmd.ts')).vmwareCmd(target);
    case 'vmware-vim-cmd':
      return (await import('../../lib/hypervisor/vmware/vim-cmd.ts')).vimCmd(target);
    case 'vmrun': {
      const { vmrun } = await import('../../lib/hypervisor/vmware/vmrun.ts');
      return vmrun(target, parameters.vmrun_type.startsWith('server'));
    }
  }
}

/** Where the symbolic links of a path lead; the path itself when it cannot be followed. */
function realPath(path: string): string {
  try {
    return fs().realpathSync(path);
  } catch {
    return path;
  }
}
