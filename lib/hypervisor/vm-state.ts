/**
 * What a hypervisor says of one VM on this node. Each driver maps what its tool prints to this, and to nothing else:
 * text that a driver does not know is `unknown`, never `absent`.
 */
export type VmState =
  | { readonly kind: 'running'; readonly id?: number; readonly memoryMiB?: number; readonly vcpus?: number }
  /** Exists and is not scheduled, by somebody's wish. */
  | { readonly kind: 'paused'; readonly id?: number }
  /** The guest restarts: the domain is replaced by one with another id. */
  | { readonly kind: 'rebooting'; readonly id?: number }
  /** Suspended with its memory on this host: normal for a moment of a migration or save, else stranded. */
  | { readonly kind: 'suspending'; readonly id?: number; readonly inProgress: boolean }
  /** Not running; its memory image waits on disk. */
  | { readonly kind: 'saved' }
  /** Powered off, but still there with its memory and disks. */
  | { readonly kind: 'shutdown'; readonly id?: number; readonly cleanedUp: boolean }
  /** Dead, and kept for a post-mortem. */
  | { readonly kind: 'crashed'; readonly id?: number }
  /** Left behind by a start that was killed: it has no CPU and never will. */
  | { readonly kind: 'half-built'; readonly id?: number }
  /** Being taken apart; its disks may still be open. */
  | { readonly kind: 'dying'; readonly id?: number }
  /** The receiving end of a migration. */
  | { readonly kind: 'incoming'; readonly id?: number; readonly memoryMiB?: number; readonly inProgress: boolean }
  /** The sending end of a migration after the point of no return. */
  | { readonly kind: 'migrated-away'; readonly id?: number; readonly inProgress: boolean }
  /** The hypervisor itself said that there is no such VM. */
  | { readonly kind: 'absent' }
  /** The hypervisor gave no answer, or one that cannot be understood. */
  | { readonly kind: 'unknown'; readonly why: string; readonly notInstalled: boolean };

export type VmStateKind = VmState['kind'];
