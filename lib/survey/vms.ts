import type { FoundVm, FoundVms } from '../hypervisor/found-vm.ts';
import { type Login, toolOptions } from '../hypervisor/vmware/login.ts';
import { type Toolstack, toolstacks } from '../hypervisor/vmware/toolstack.ts';
import { listWithVimCmd, listWithVmrun, listWithVmwareCmd, mergeByProcess } from '../hypervisor/vmware/vmware-vms.ts';
import { configText, parseConfig } from '../hypervisor/xen/xl-config.ts';
import { listDomains } from '../hypervisor/xen/xl-vms.ts';
import type { Deadline } from '../ocf/deadline.ts';
import { type Process, processes as processesHere } from '../system/process-table.ts';
import { readFileInTime } from '../system/read-file.ts';
import type { Runner } from '../system/runner.ts';
import type { SurveyContext } from './sections.ts';

/** How a resource says that VMware is reached on a node; the parameters of ocf:virt:VMware. */
export interface VmwareAccess extends Login {
  /** `auto`, or the one tool to ask. */
  readonly toolstack: string;
  readonly vimshbin?: string | undefined;
}

export interface VmsOptions {
  /** The ways to reach VMware; without a login, and vmrun for Workstation, if not given. */
  readonly vmware?: readonly VmwareAccess[];
  /** Files of xl whose domain names are asked for. */
  readonly xlFiles?: readonly string[];
  /** Files of libvirt whose domain names are asked for. */
  readonly libvirtFiles?: readonly string[];
  /** Files of which is asked where their symbolic links lead. */
  readonly vmxFiles?: readonly string[];
}

/** Every VM that the hypervisors of this node run or hold. */
export interface VmsFacts {
  readonly vms: readonly FoundVm[];
  /** Each tool that was asked: `problem` when it did not tell, so that its VMs are not known. */
  readonly toolstacks: readonly ToolstackFacts[];
  /** The name of the domain by file of xl or libvirt; files that could not be read are left out. */
  readonly names: Readonly<Record<string, string>>;
  /** Where the symbolic links lead, by .vmx file. */
  readonly realPaths: Readonly<Record<string, string>>;
}

export interface ToolstackFacts {
  /** For example `xl`. */
  readonly name: string;
  readonly installed: boolean;
  readonly problem?: string;
}

/** Answers the section `vms`. A tool that does not answer is a problem of that tool and leaves the others alone. */
export async function vmsFacts(
  options: VmsOptions,
  { runner, deadline }: SurveyContext,
  processes: () => readonly Process[] = processesHere,
): Promise<VmsFacts> {
  // Time to hand over what the others said when one of them hangs.
  const limit = deadline.within(deadline.remaining() * 0.75);
  const [xl, vmware, names, realPaths] = await Promise.all([
    listDomains(runner, processes, limit),
    vmwareLists(options.vmware ?? [{ toolstack: 'auto', vmrun_type: 'ws' }], runner, limit),
    domainNames(options, runner, limit),
    linksOf(options.vmxFiles ?? [], runner, limit),
  ]);
  const told = [{ name: 'xl', list: xl }, ...vmware];
  const vmwareVms = vmware.map(({ list }) => ('vms' in list ? list.vms : []));
  return {
    vms: [...('vms' in xl ? xl.vms : []), ...mergeByProcess(vmwareVms, processes())],
    toolstacks: told.map(({ name, list }) => {
      if ('vms' in list) return { name, installed: true };
      return list.notInstalled ? { name, installed: false } : { name, installed: true, problem: list.problem };
    }),
    names,
    realPaths,
  };
}

interface Told {
  readonly name: string;
  readonly list: FoundVms;
}

const listWith = { 'vmware-vim-cmd': listWithVimCmd, 'vmware-cmd': listWithVmwareCmd, vmrun: listWithVmrun } as const;

/** vmrun lists only what runs: it is asked where a resource uses it, and where there is no other tool. */
async function vmwareLists(accesses: readonly VmwareAccess[], runner: Runner, deadline: Deadline): Promise<Told[]> {
  const ask = (tools: readonly Toolstack[]) => {
    const calls = accesses.flatMap((access) => {
      const named = tools.filter((tool) => access.toolstack === 'auto' || access.toolstack === tool);
      return named.map((tool) => ({ tool, access: relevant(tool, access) }));
    });
    const distinct = new Map(calls.map((call) => [JSON.stringify(call), call]));
    return Promise.all([...distinct.values()].map(({ tool, access }) => askTool(tool, access, runner, deadline)));
  };
  const servers = await ask(toolstacks.filter((tool) => tool !== 'vmrun'));
  const isNeeded =
    accesses.some(({ toolstack }) => toolstack === 'vmrun') ||
    servers.every(({ list }) => 'problem' in list && list.notInstalled);
  return [...servers, ...(isNeeded ? await ask(['vmrun']) : [])];
}

/** What of an access makes a difference to a tool, so that none is asked twice for the same. */
function relevant(tool: Toolstack, access: VmwareAccess): VmwareAccess {
  const { user, password_file, vimshbin } = access;
  if (tool === 'vmrun') return { ...access, vimshbin: undefined, toolstack: tool };
  const plain = { toolstack: tool, vmrun_type: 'ws' };
  return tool === 'vmware-cmd' ? plain : { ...plain, user, password_file, vimshbin };
}

async function askTool(tool: Toolstack, access: VmwareAccess, runner: Runner, deadline: Deadline): Promise<Told> {
  const program = tool === 'vmware-vim-cmd' ? (access.vimshbin ?? tool) : tool;
  try {
    const options = await toolOptions(tool, access);
    return { name: tool, list: await listWith[tool]({ runner, program, options }, deadline) };
  } catch (error) {
    return { name: tool, list: { problem: messageOf(error), notInstalled: false } };
  }
}

async function domainNames(options: VmsOptions, runner: Runner, deadline: Deadline): Promise<Record<string, string>> {
  const read = async (file: string, nameIn: (text: string) => string | undefined) => {
    try {
      const name = nameIn((await readFileInTime(runner, file, deadline.within(3000))).toString('utf8'));
      return name === undefined ? [] : [[file, name] as const];
    } catch {
      return [];
    }
  };
  const found = await Promise.all([
    ...(options.xlFiles ?? []).map((file) => read(file, (text) => configText(parseConfig(text), 'name'))),
    ...(options.libvirtFiles ?? []).map((file) => read(file, (text) => /<name>([^<]*)<\/name>/.exec(text)?.[1])),
  ]);
  return Object.fromEntries(found.flat());
}

async function linksOf(
  files: readonly string[],
  runner: Runner,
  deadline: Deadline,
): Promise<Readonly<Record<string, string>>> {
  const follow = async (file: string) => {
    const answer = await runner.perform(
      'readlink',
      ['--canonicalize', '--no-newline', '--', file],
      deadline.within(3000),
    );
    return answer.outcome === 'exited' && answer.code === 0 && answer.stdout !== '' ? [[file, answer.stdout]] : [];
  };
  return Object.fromEntries((await Promise.all(files.map(follow))).flat());
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
