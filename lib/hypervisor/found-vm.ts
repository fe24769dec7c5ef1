import type { VmStateKind } from './vm-state.ts';
import type { Toolstack } from './vmware/toolstack.ts';
import type { VmwareStateKind } from './vmware/vmware-state.ts';

/** A VM that a hypervisor of this node runs or holds. */
export interface FoundVm {
  /** Which tool told of it; `process` when only a process of the VM did. */
  readonly toolstack: 'xl' | Toolstack | 'process';
  /**
   * What a resource knows it by: with xl the name of its domain, without what a migration appends, and empty for a domain
   * that has no name; with VMware the path of its .vmx file.
   */
  readonly vm: string;
  /** What people call it: as xl shows it, or the display name. */
  readonly shown: string;
  /** `nameless` is a domain that has no name for longer than it takes to build or to end one. */
  readonly state: VmStateKind | VmwareStateKind | 'nameless';
  /** A migration or a save of it is under way, so that the state will pass by itself. */
  readonly inProgress: boolean;
  readonly memoryMiB?: number | undefined;
  readonly vcpus?: number | undefined;
  readonly uuid?: string | undefined;
  /** The id of the domain; the number in the inventory. */
  readonly id?: string | undefined;
  /** Its configuration file, where that is known. */
  readonly config?: string | undefined;
}

/** All VMs of one toolstack; or why it did not tell, which is never to be taken for "no VMs". */
export type FoundVms =
  | { readonly vms: readonly FoundVm[] }
  | { readonly problem: string; readonly notInstalled: boolean };
