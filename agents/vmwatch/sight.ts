import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { startingProcesses, vmProcesses } from '../../lib/hypervisor/vmware/vm-processes.ts';
import { domainProcesses } from '../../lib/hypervisor/xen/domain-processes.ts';
import { endOfDomain } from '../../lib/hypervisor/xen/end-of-domain.ts';
import { stateInList } from '../../lib/hypervisor/xen/xl-look.ts';
import { fs } from '../../lib/system/bun.ts';
import { identify, lives, type ProcessIdentity } from '../../lib/system/process-identity.ts';
import type { Process } from '../../lib/system/process-table.ts';
import type { RunResult } from '../../lib/system/runner.ts';
import type { KnownVm } from './known-vms.ts';

/** What a look at a VM comes to, for somebody who only wants to know whether it has died. */
export type Sight =
  /** `id`: the number of this run of the VM, its domain's or its process's. */
  | { readonly kind: 'lives'; readonly id: number | undefined }
  /** By the hypervisor's own word, or because the process that was the VM has ended. */
  | { readonly kind: 'dead'; readonly why: string; readonly preservedCrash: boolean }
  /** It reboots, moves, or is being taken apart: another look will tell. */
  | { readonly kind: 'passing' }
  /** Nothing is certain, or what it is in is for its monitor to judge. */
  | { readonly kind: 'unclear' };

/** What a look needs of this node. */
export interface SightSources {
  /** Runs `xl list`. */
  listDomains(): Promise<RunResult>;
  processes(): readonly Process[];
}

type XenVm = KnownVm & { kind: 'Xen' };
type VmwareVm = KnownVm & { kind: 'VMware' };

/** Looks at VMs: at all Xen domains with one `xl list`, at those of VMware without asking anybody. */
export interface Looker {
  look(vms: readonly KnownVm[]): Promise<ReadonlyMap<string, Sight>>;
  /** The processes of the VMs of VMware that were seen to live; the end of one is the end of its VM. */
  vmwareProcesses(): readonly ProcessIdentity[];
}

export function lookerOf(sources: SightSources): Looker {
  const seen = new Map<string, ProcessIdentity>();
  return {
    look: async (vms) => {
      const sights = new Map<string, Sight>();
      const domains = vms.filter((vm) => vm.kind === 'Xen');
      const list = domains.length === 0 ? undefined : await sources.listDomains();
      let table: readonly Process[] | undefined;
      const processes = () => {
        table ??= sources.processes();
        return table;
      };
      if (list !== undefined) for (const vm of domains) sights.set(vm.resource, sightOfDomain(vm, list, processes));
      const others = vms.filter((vm) => vm.kind === 'VMware');
      for (const resource of seen.keys()) if (!others.some((vm) => vm.resource === resource)) seen.delete(resource);
      for (const vm of others) sights.set(vm.resource, sightOfProcess(vm, seen, processes));
      return sights;
    },
    vmwareProcesses: () => [...seen.values()],
  };
}

function sightOfDomain({ facts }: XenVm, list: RunResult, processes: () => readonly Process[]): Sight {
  const { name, xmfile, id } = facts;
  const state = stateInList(list, {
    name,
    lastId: id,
    processes: (seenId) => domainProcesses(processes(), name, xmfile, seenId),
  });
  return sightOfState(state, () => endOfDomain(name, id));
}

function sightOfState(state: VmState, end: () => string): Sight {
  switch (state.kind) {
    case 'running':
    case 'paused':
      return { kind: 'lives', id: state.id };
    case 'absent':
      return { kind: 'dead', why: end(), preservedCrash: false };
    case 'crashed':
      return { kind: 'dead', why: 'its guest crashed and is preserved', preservedCrash: true };
    case 'shutdown':
      return state.cleanedUp
        ? { kind: 'passing' }
        : { kind: 'dead', why: 'its guest powered off and is preserved', preservedCrash: false };
    case 'rebooting':
    case 'dying':
      return { kind: 'passing' };
    case 'suspending':
    case 'incoming':
    case 'migrated-away':
      return state.inProgress ? { kind: 'passing' } : { kind: 'unclear' };
    default:
      return { kind: 'unclear' };
  }
}

function sightOfProcess(
  { resource, facts }: VmwareVm,
  seen: Map<string, ProcessIdentity>,
  processes: () => readonly Process[],
): Sight {
  const { vmxpath, entry } = facts;
  const before = seen.get(resource);
  if (before !== undefined && lives(before)) return { kind: 'lives', id: before.pid };
  const paths = [vmxpath, realPath(vmxpath)];
  const [found] = vmProcesses(processes(), paths);
  if (found !== undefined) {
    const process = identify(found.pid);
    if (process !== undefined) seen.set(resource, process);
    return { kind: 'lives', id: found.pid };
  }
  const names = entry === undefined ? paths : [...paths, entry.file];
  if (startingProcesses(processes(), names, entry?.id).length > 0) return { kind: 'passing' };
  // A process that was never seen may be one that cannot be seen.
  if (before === undefined) return { kind: 'unclear' };
  return { kind: 'dead', why: `its process ${before.pid} has ended`, preservedCrash: false };
}

function realPath(path: string): string {
  try {
    return fs().realpathSync(path);
  } catch {
    return path;
  }
}
