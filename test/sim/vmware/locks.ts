import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { now, sleep } from '../clock.ts';
import { alive, identify, type ProcessId } from '../process.ts';
import { vmwareLog } from './log.ts';
import { djb2, machineId } from './machine-id.ts';

/** The text of a member is padded to this many bytes. */
const size = 512;
/** While a process chooses its number, no other does. */
const door = 'D00000.lck';

interface Member {
  readonly machine: string;
  readonly process: ProcessId;
  readonly name: string;
  readonly lamport: number;
}

/** The content of a member as a process of this host writes it. */
export function memberText(file: string, process: ProcessId, lamport: number, machine = machineId()): Buffer {
  const execution = `${process.pid}-${process.start}(vmware-vmx)`;
  const bytes = Buffer.alloc(size);
  bytes.write(`${machine} ${execution} ${lamport} X ${process.start} lc=${djb2(file)}`);
  return bytes;
}

function readMember(file: string): Member | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  const [machine = '', execution = '', lamport = '', type = '', created = ''] =
    bytes.length === size ? bytes.toString('latin1').replace(/\0.*$/s, '').split(' ') : [];
  const [, pid, start, name = ''] = /^(\d+)(?:-(\d+)(?:\((.*)\))?)?$/.exec(execution) ?? [];
  if (pid === undefined || !/^\d+$/.test(lamport) || !/^[XS]$/.test(type)) return undefined;
  return { machine, process: { pid: Number(pid), start: start ?? created }, name, lamport: Number(lamport) };
}

/**
 * Takes the lock of a file for a process of this host.
 *
 * Members of dead processes of this host are discarded on the way, as are those that cannot be read; members of another
 * host never.
 *
 * @returns the path of the member, or who holds the lock.
 */
export function takeLock(file: string, process: ProcessId, vmx: string): { member: string } | { heldBy: string } {
  const folder = `${file}.lck`;
  return behindDoor(folder, () => {
    let lamport = 0;
    for (const name of readdirSync(folder).filter((entry) => /^M\d{5}\.lck$/.test(entry))) {
      const path = join(folder, name);
      const member = readMember(path);
      if (member === undefined) discard(path, vmx, `FILE: ScanDirectory removing problematic lock file '${path}'`);
      else if (member.machine !== machineId()) return { heldBy: `another machine '${member.machine}'` };
      else if (lives(member.process)) return { heldBy: `a local process '${member.name}'` };
      else discard(path, vmx, `FILE: ScanDirectory discarding file '${path}'; invalid executionID.`);
      lamport = Math.max(lamport, member?.lamport ?? 0);
    }
    const number = String(Math.floor(Math.random() * 100_000)).padStart(5, '0');
    const member = join(folder, `M${number}.lck`);
    writeFileSync(member, memberText(file, process, lamport + 1), { flag: 'wx' });
    return { member };
  });
}

/** A member without a time is believed while any process has its number. */
function lives({ pid, start }: ProcessId): boolean {
  return start === '' || start === '0' ? identify(pid) !== undefined : alive({ pid, start });
}

function discard(path: string, vmx: string, words: string): void {
  vmwareLog(vmx, words);
  unlinkSync(path);
}

/** Gives locks back; a folder without members goes. */
export function releaseLocks(members: readonly string[]): void {
  for (const member of members) {
    try {
      unlinkSync(member);
    } catch {}
    try {
      rmdirSync(dirname(member));
    } catch {}
  }
}

function behindDoor<T>(folder: string, work: () => T): T {
  for (;;) {
    mkdirSync(folder, { recursive: true, mode: 0o777 });
    try {
      mkdirSync(join(folder, door));
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST' && code !== 'ENOENT') throw error;
      const since = statSync(join(folder, door), { throwIfNoEntry: false })?.mtimeMs ?? now();
      if (now() - since > 5000) rmdirSync(join(folder, door));
      else sleep(5);
    }
  }
  try {
    return work();
  } finally {
    rmdirSync(join(folder, door));
    try {
      rmdirSync(folder);
    } catch {}
  }
}
