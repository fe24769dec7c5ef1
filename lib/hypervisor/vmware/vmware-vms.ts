import { basename } from 'node:path';
import type { Deadline } from '../../ocf/deadline.ts';
import type { Process } from '../../system/process-table.ts';
import { readFileInTime } from '../../system/read-file.ts';
import { lastWords, type Runner } from '../../system/runner.ts';
import type { FoundVm, FoundVms } from '../found-vm.ts';
import { pathOf, readDatastores } from './datastores.ts';
import { allText } from './toolstack.ts';
import { onlyValue, parseDatastoreLines, parseInventory, summaryOf } from './vim-cmd-look.ts';
import { parseList } from './vmrun-look.ts';
import { stateByVmwareCmd, vmControlError } from './vmware-cmd-look.ts';
import type { VmwareState } from './vmware-state.ts';
import { parseVmx, vmxValue } from './vmx-file.ts';

/** A tool of VMware on this host, and what it needs in front of every command. */
export interface Tool {
  readonly runner: Runner;
  readonly program: string;
  readonly options: readonly string[];
}

type Details = Partial<Omit<FoundVm, 'shown'>> & { readonly shown?: string | undefined };

/** How many questions a service of VMware gets at a time. */
const atOnce = 6;

/** The VMs in the inventory of VMware Server 2: `vmsvc/getallvms`, then a summary of each. */
export async function listWithVimCmd({ runner, program, options }: Tool, deadline: Deadline): Promise<FoundVms> {
  const answer = await runner.perform(program, [...options, 'vmsvc/getallvms'], deadline);
  if (answer.outcome === 'missing') return missing(program);
  const inventory = parseInventory(answer);
  if ('why' in inventory) return { problem: inventory.why, notInstalled: false };
  const datastores = await readDatastores();
  const vms = await inTurns(inventory.rows, async ({ id, text }): Promise<FoundVm | undefined> => {
    const summary = await runner.perform(program, [...options, 'vmsvc/get.summary', id], deadline);
    const seen = summaryOf(summary);
    // It left the inventory in between.
    if ('gone' in seen) return undefined;
    if (!('file' in seen)) return vmwareVm('vmware-vim-cmd', text.trim(), 'unknown', { id });
    const words = allText(summary);
    const path =
      pathOf(seen.file, datastores) ??
      pathOf(
        seen.file,
        parseDatastoreLines((await runner.perform(program, [...options, 'vmsvc/get.datastores', id], deadline)).stdout),
      );
    return vmwareVm('vmware-vim-cmd', path ?? seen.file, seen.state({ id, file: seen.file }).kind, {
      id,
      shown: onlyValue(words, /^\s*name = "(.*)",$/gm),
      memoryMiB: numberOf(onlyValue(words, /^\s*memorySizeMB = (\d+),$/gm)),
      vcpus: numberOf(onlyValue(words, /^\s*numCpu = (\d+),$/gm)),
      uuid: onlyValue(words, /^\s*uuid = "(.*)",$/gm),
    });
  });
  return { vms: vms.filter((vm) => vm !== undefined) };
}

/** The VMs that are registered with VMware Server 1: `vmware-cmd -l`, then the state of each. */
export async function listWithVmwareCmd({ runner, program, options }: Tool, deadline: Deadline): Promise<FoundVms> {
  const answer = await runner.perform(program, [...options, '-l'], deadline);
  if (answer.outcome === 'missing') return missing(program);
  const error = vmControlError(answer);
  if (answer.outcome !== 'exited' || answer.code !== 0 || error !== undefined) {
    return { problem: `${program} -l: ${error?.text ?? lastWords(answer)}`, notInstalled: false };
  }
  const lines = answer.stdout.split(/\r?\n/).filter((line) => line.trim() !== '');
  const strange = lines.find((line) => !line.startsWith('/'));
  if (strange !== undefined) {
    return { problem: `${program} -l: this line is not understood: ${strange.slice(0, 100)}`, notInstalled: false };
  }
  const vms = await inTurns(lines, async (path) => {
    const state = stateByVmwareCmd(await runner.perform(program, [...options, path, 'getstate'], deadline));
    return vmwareVm('vmware-cmd', path, state.kind, await factsOfVmx(runner, path, deadline));
  });
  return { vms };
}

/** The VMs that run, by vmrun, which tells of no others. */
export async function listWithVmrun({ runner, program, options }: Tool, deadline: Deadline): Promise<FoundVms> {
  const answer = await runner.perform(program, [...options, 'list'], deadline);
  if (answer.outcome === 'missing') return missing(program);
  const list = parseList(answer);
  if ('why' in list) return { problem: list.why, notInstalled: false };
  const datastores = await readDatastores();
  const paths = list.paths.map((path) => pathOf(path, datastores) ?? path);
  const vms = await inTurns(paths, async (path) =>
    vmwareVm('vmrun', path, 'running', await factsOfVmx(runner, path, deadline)),
  );
  return { vms };
}

/**
 * The VMs of all tools of a host, each once, by its file: the tool that is named first counts. A VM that runs by its
 * process, and not by the word of a tool, is `lingering`.
 */
export function mergeByProcess(lists: readonly (readonly FoundVm[])[], processes: readonly Process[]): FoundVm[] {
  const vms = new Map<string, FoundVm>();
  for (const vm of lists.flat()) if (!vms.has(vm.vm)) vms.set(vm.vm, vm);
  for (const path of processes.map(vmxOf).filter((path) => path !== undefined)) {
    const told = vms.get(path);
    if (told === undefined) vms.set(path, vmwareVm('process', path, 'lingering', {}));
    else if (told.state === 'off' || told.state === 'suspended') vms.set(path, { ...told, state: 'lingering' });
  }
  return [...vms.values()];
}

/** The .vmx file of a `vmware-vmx` process; undefined for any other process. */
function vmxOf({ args }: Process): string | undefined {
  if (!/^vmware-vmx(-debug|-stats)?$/.test(basename(args[0] ?? ''))) return undefined;
  return args.findLast((arg) => arg.startsWith('/') && arg.endsWith('.vmx'));
}

function vmwareVm(toolstack: FoundVm['toolstack'], vm: string, state: VmwareState['kind'], facts: Details): FoundVm {
  return { toolstack, inProgress: false, ...facts, vm, state, shown: facts.shown ?? basename(vm, '.vmx') };
}

/** What the .vmx file says; nothing when it cannot be read. */
async function factsOfVmx(runner: Runner, path: string, deadline: Deadline): Promise<Details> {
  try {
    const vmx = parseVmx(await readFileInTime(runner, path, deadline.within(3000)));
    return {
      shown: vmxValue(vmx, 'displayName'),
      memoryMiB: numberOf(vmxValue(vmx, 'memsize')),
      vcpus: numberOf(vmxValue(vmx, 'numvcpus')) ?? 1,
      uuid: vmxValue(vmx, 'uuid.bios'),
    };
  } catch {
    return {};
  }
}

const missing = (program: string): FoundVms => ({ problem: `${program} is not installed`, notInstalled: true });

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

/** Works on all, a few at a time, and keeps their order. */
async function inTurns<One, Result>(all: readonly One[], work: (one: One) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < all.length; at += atOnce) {
    results.push(...(await Promise.all(all.slice(at, at + atOnce).map(work))));
  }
  return results;
}
