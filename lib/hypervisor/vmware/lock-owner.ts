import { readFileSync } from 'node:fs';
import type { Process } from '../../system/process-table.ts';
import { hashHostName, type LockMember, machineIdOf, machineNameHash } from './lock-member.ts';

/** Who holds a lock. `undecided`: nobody may remove it. */
export type LockOwner =
  | { readonly kind: 'alive here'; readonly process: Process }
  | { readonly kind: 'dead here' }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'undecided' };

/** This host, as its locks name it. */
export interface LockHost {
  /** Machine ids that VMware may have given this host: by its short and its fully qualified name. */
  readonly machineIds: readonly string[];
  readonly processes: readonly Process[];
}

/** Decides the owner of a lock as VMware does: by the machine, and by a process that began at the recorded time. */
export function ownerOf(member: LockMember | undefined, host: LockHost): LockOwner {
  if (member === undefined) return { kind: 'undecided' };
  const process = host.processes.find(({ pid }) => pid === member.pid);
  const sameStart = process?.startTicks !== undefined && process.startTicks === member.startTicks;
  // A process of that id that began at that very tick is the owner, whatever name the host had then.
  if (process !== undefined && sameStart) return { kind: 'alive here', process };
  if (!host.machineIds.includes(member.machineId)) return { kind: 'elsewhere' };
  if (process === undefined) return { kind: 'dead here' };
  const timesKnown = process.startTicks !== undefined && member.startTicks !== undefined;
  return timesKnown ? { kind: 'dead here' } : { kind: 'alive here', process };
}

/** The machine ids of a host that is known by any of these names. */
export function machineIdsOf(names: readonly string[], ethernet = firstEthernetAddress()): string[] {
  return names.map((name) => machineIdOf(name, ethernet));
}

/** Whether a machine id belongs to a host of one of these names. The hardware in it is not looked at. */
export function isMachineNamed(machineId: string, names: readonly string[]): boolean {
  const hash = machineNameHash(machineId);
  return hash !== undefined && names.some((name) => hashHostName(name) === hash);
}

/** The hardware address of the first of eth0 … eth7: VMware takes no other interface. */
function firstEthernetAddress(): string | undefined {
  for (let number = 0; number < 8; number += 1) {
    try {
      return readFileSync(`/sys/class/net/eth${number}/address`, 'utf8').trim();
    } catch {
      // This one does not exist.
    }
  }
  return undefined;
}
