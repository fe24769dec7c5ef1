import type { ProcessId } from './process.ts';

/** What a shut down domain ended by, as libxl numbers it. */
export const reasons = { poweroff: 0, reboot: 1, suspend: 2, crash: 3 } as const;

/** What a configuration file says about a VM, simulator keys included. */
export interface Spec {
  readonly name: string;
  readonly uuid: string | null;
  readonly type: 'pv' | 'pvh' | 'hvm';
  readonly memory: number;
  readonly maxMemory: number;
  readonly vcpus: number;
  readonly kernel: string | null;
  readonly ramdisk: string | null;
  readonly cmdline: string | null;
  readonly onPoweroff: string;
  readonly onReboot: string;
  readonly onCrash: string;
  readonly bootSeconds: number;
  readonly createSeconds: number;
  readonly shutdownSeconds: number;
  readonly ignoresShutdown: boolean;
  readonly pvDrivers: boolean;
  readonly crashAfter: number | null;
  readonly rebootSeconds: number;
  readonly migrateMiBPerSecond: number;
  readonly ignoresSuspend: boolean;
  readonly suspendSeconds: number;
  /** What xl says of a disk that is not there. */
  readonly missingDisk: { readonly target: string; readonly vdev: string } | null;
  readonly bridges: readonly string[];
}

/** Something the guest will do by itself when its own clock shows `at`: a paused guest does not get there. */
export interface Plan {
  readonly what: 'poweroff' | 'reboot' | 'crash';
  readonly at: number;
}

/** A domain as the hypervisor holds it. Times are milliseconds. */
export interface Domain {
  domid: number;
  uuid: string;
  /** What `xl list` shows; null prints as `(null)`. */
  label: string | null;
  spec: Spec;
  memory: number;
  /** Online virtual CPUs: none while the domain is being built, or for ever when what built it was killed. */
  vcpus: number;
  maxMemory: number;
  pauses: number;
  introduced: number;
  /** The guest's own clock: what it had run until `since`, and since when it runs; null while it does not. */
  ran: number;
  since: number | null;
  /** What that clock showed when the guest came to this host: CPU time is counted from there. */
  arrived: number;
  plans: Plan[];
  ended: { reason: number; time: number } | null;
  /** Until when a destroyed domain is still listed, without a name. */
  dyingUntil: number | null;
  /** When its daemon has built it anew. */
  rebuiltAt: number | null;
  /** The `xl` process that carries out on_poweroff, on_reboot and on_crash. */
  daemon: ProcessId | null;
}

/** A domain that its daemon makes anew: between the two, no domain of that name exists. */
export interface Restart {
  readonly spec: Spec;
  readonly label: string;
  readonly daemon: ProcessId;
  readonly at: number;
}

/** Everything this host's hypervisor and xenstore know. */
export interface State {
  booted: number;
  nextDomid: number;
  domains: Domain[];
  restarts: Restart[];
  /** How often xenstore fired @releaseDomain and @introduceDomain. */
  releases: number;
  introductions: number;
  timer: { process: ProcessId; at: number } | null;
}
