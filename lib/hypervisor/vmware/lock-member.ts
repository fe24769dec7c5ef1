/** One held lock of VMware's hosted products, a member `Mnnnnn.lck` of a folder `FILE.lck`. */
export interface LockMember {
  /** Who holds it: see machineNameHash. */
  readonly machineId: string;
  readonly pid: number;
  /** Start of the process in clock ticks since boot, field 22 of /proc/PID/stat; undefined when it was not known. */
  readonly startTicks: number | undefined;
  /** The name of the process, for messages. */
  readonly process: string;
  readonly exclusive: boolean;
}

/** The size that every member has, in bytes. */
export const memberBytes = 512;

/**
 * Parses the content of a member: blank-separated text, padded with NUL (open-vm-tools, lib/file/fileLockPrimitive.c).
 *
 * @returns undefined when it is no valid member.
 */
export function parseLockMember(content: Uint8Array): LockMember | undefined {
  if (content.length !== memberBytes) return undefined;
  const text = Buffer.from(content).toString('utf8').split('\0', 1)[0] ?? '';
  const [machineId, execution, lamport, type, creation, ...properties] = text.split(' ').filter((word) => word !== '');
  if (machineId === undefined || execution === undefined || creation === undefined) return undefined;
  if (!/^\d+$/.test(lamport ?? '') || (type !== 'X' && type !== 'S')) return undefined;
  if (!properties.every((property) => property.includes('='))) return undefined;
  // Old members have the bare process id; their creation time is that of the process.
  const old = /^\d+$/.test(execution) && properties.length === 1;
  const [, pid, ticks, process] = /^(\d+)-(\d+)(?:\((.*)\))?$/.exec(old ? `${execution}-${creation}` : execution) ?? [];
  if (pid === undefined) return undefined;
  const startTicks = Number(ticks);
  return {
    machineId,
    pid: Number(pid),
    startTicks: startTicks === 0 ? undefined : startTicks,
    process: process ?? '',
    exclusive: type === 'X',
  };
}

/**
 * The hash of the host's name in the machine id that VMware writes on Linux: Base64, with `-` for `/`, of four bytes of
 * it and eight of the hardware (open-vm-tools, lib/file/file.c and lib/misc/machineID.c).
 *
 * @returns undefined for the id of another system, or one that is no such id.
 */
export function machineNameHash(machineId: string): number | undefined {
  if (!/^[A-Za-z0-9+-]{16}$/.test(machineId)) return undefined;
  return Buffer.from(machineId.replaceAll('-', '/'), 'base64').readUInt32LE(0);
}

/** The hash of a host's name that a machine id begins with. */
export function hashHostName(name: string): number {
  return Buffer.from(name).reduce((hash, byte) => (hash * 33 + byte) >>> 0, 5381);
}

/**
 * The machine id that VMware gives a Linux host.
 *
 * @param name the host's name, fully qualified where the resolver does that.
 * @param ethernet the hardware address of the first of eth0 … eth7; undefined when there is none.
 */
export function machineIdOf(name: string, ethernet: string | undefined): string {
  const raw = Buffer.alloc(12);
  raw.writeUInt32LE(hashHostName(name), 0);
  if (ethernet !== undefined) Buffer.from(ethernet.replaceAll(':', ''), 'hex').copy(raw, 4, 0, 6);
  return raw.toString('base64').replaceAll('/', '-');
}
