import { lstatSync, readdirSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readRegularFile } from '../../system/regular-file.ts';
import { type LockMember, parseLockMember } from './lock-member.ts';
import { type Vmx, vmxValues } from './vmx-file.ts';

/** A lock file that was found, read or not. */
export interface Lock {
  readonly path: string;
  /** The file that it locks. */
  readonly locks: string;
  /** When it was written, in milliseconds since 1970, by the clock of the storage. */
  readonly writtenMs: number;
  readonly content: Buffer;
  /** undefined when the content is not understood. */
  readonly member: LockMember | undefined;
}

/**
 * The locks of a VM: those of every file in its folder, and of the disks elsewhere that its configuration names. Locks
 * that come or go meanwhile may be missed; one that is there and cannot be read is a lock without a member.
 */
export function readLocks(vmxpath: string, vmx: Vmx | undefined): Lock[] {
  const folder = dirname(vmxpath);
  const inside = namesIn(folder).filter((name) => name.endsWith('.lck'));
  const disks = [...(vmx?.keys() ?? [])]
    .filter((key) => key.endsWith('.filename'))
    .flatMap((key) => vmxValues(vmx as Vmx, key))
    .filter((file) => file.toLowerCase().endsWith('.vmdk'))
    .map((file) => `${resolve(folder, file)}.lck`);
  const folders = new Set([...inside.map((name) => join(folder, name)), ...disks]);
  return [...folders].flatMap(readLockFolder);
}

/** The lock files of older products (GSX Server). Their content is not documented: only VMware can tell who holds one. */
export function oldLocks(vmxpath: string): string[] {
  return namesIn(dirname(vmxpath)).filter((name) => name.endsWith('.WRITELOCK'));
}

function readLockFolder(folder: string): Lock[] {
  try {
    // VMware makes none. Whoever can write to the folder of the VM must not name locks elsewhere for removal.
    if (lstatSync(folder).isSymbolicLink()) return [unreadable(folder, folder)];
    return readdirSync(folder)
      .filter((name) => /^M\d{5}\.lck$/.test(name))
      .map((name) => readLock(join(folder, name)))
      .filter((lock) => lock !== undefined);
  } catch (error) {
    // ENOTDIR: a file of that name, which VMware does not take for a lock.
    return isGone(error) ? [] : [unreadable(folder, folder)];
  }
}

/**
 * Removes a lock whose owner is proven dead, but only while it still holds what was judged: a lock that was taken anew
 * under the same name stays.
 */
export function removeLock(lock: Lock): boolean {
  const now = readLock(lock.path);
  if (now === undefined || !now.content.equals(lock.content) || now.writtenMs !== lock.writtenMs) return false;
  unlinkSync(lock.path);
  try {
    rmdirSync(dirname(lock.path));
  } catch {
    // Another lock is in it, which is as it should be.
  }
  return true;
}

/** Longer than any lock, in bytes: what is longer counts as a lock that cannot be read. */
const longestLock = 64 << 10;

/** The lock of a path; undefined when it is there no longer. */
function readLock(path: string): Lock | undefined {
  try {
    const content = readRegularFile(path, longestLock);
    return {
      ...unreadable(path, dirname(path)),
      writtenMs: statSync(path).mtimeMs,
      content,
      member: parseLockMember(content),
    };
  } catch (error) {
    return isGone(error) ? undefined : unreadable(path, dirname(path));
  }
}

/** A lock that cannot be read (EIO, ESTALE, EACCES): somebody may hold it. */
const unreadable = (path: string, folder: string): Lock => ({
  path,
  locks: folder.slice(0, -'.lck'.length),
  writtenMs: Number.NaN,
  content: Buffer.alloc(0),
  member: undefined,
});

const isGone = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A lock for messages: its file, and the process that holds it. */
export function describeLock({ locks, member }: Lock): string {
  const holder =
    member === undefined ? 'an owner that cannot be read' : `process ${member.pid} ${member.process}`.trim();
  return `${basename(locks)} is locked by ${holder}`;
}
