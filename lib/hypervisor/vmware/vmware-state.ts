/** How a VM is entered in the inventory of its product, where that has names of its own for it. */
export interface Entry {
  /** The number that vmware-vim-cmd gives it; '' with vmrun. */
  readonly id: string;
  /** The path as the product prints it, for example `[standard] dir/x.vmx`. */
  readonly file: string;
}

/**
 * What a toolstack says of one VM on this host. Each driver maps what its tool prints to this, and to nothing else: text
 * that a driver does not know is `unknown`, never `off`.
 */
export type VmwareState =
  | { readonly kind: 'running'; readonly entry?: Entry | undefined }
  /** Stopped in front of a question that nobody has answered. */
  | { readonly kind: 'asking'; readonly entry?: Entry | undefined }
  /** Not running; its memory waits on disk, for this host or another. */
  | ({ readonly kind: 'suspended' } & Registration)
  /** Not running, registered or not. */
  | ({ readonly kind: 'off' } & Registration)
  /** The toolstack says that it does not run, but a process or a lock of it lives on this host. */
  | { readonly kind: 'lingering'; readonly why: string }
  /** The toolstack gave no answer, or one that cannot be understood. */
  | { readonly kind: 'unknown'; readonly why: string; readonly notInstalled: boolean };

export type VmwareStateKind = VmwareState['kind'];

interface Registration {
  /** Whether the inventory of this host has the VM; undefined where that is not known, or there is no inventory. */
  readonly registered: boolean | undefined;
  readonly entry?: Entry | undefined;
  /** Further entries of the same VM. */
  readonly duplicates?: readonly Entry[];
}

/** The states in which the VM does not run on this host, by the word of the toolstack. */
export const isDown = (state: VmwareState): state is VmwareState & { kind: 'off' | 'suspended' } =>
  state.kind === 'off' || state.kind === 'suspended';

export const unknown = (why: string): VmwareState => ({ kind: 'unknown', why, notInstalled: false });
export const notInstalled = (program: string): VmwareState => ({
  kind: 'unknown',
  why: `${program} is not installed`,
  notInstalled: true,
});
