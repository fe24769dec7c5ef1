import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname } from 'node:path';

/** What lies at a path. It is never changed, only replaced. */
type Entry =
  | { readonly kind: 'file'; readonly text: string; readonly mode: number }
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string };

/** All that lies under a folder, by path. */
export type Files = readonly (readonly [path: string, entry: Entry])[];

/** Paths that begin so are answered from memory, for this whole process; there is no such folder on any disk. */
const root = '/ocf-virt-memory/';
const entries = new Map<string, Entry>();
let worlds = 0;

/**
 * A new folder in the memory of this process, which the agents and the simulated tools use by node:fs like any other. A
 * system call for each file is what most of a short run would consist of.
 */
export function newMemoryFolder(): string {
  install();
  worlds += 1;
  const folder = `${root}${worlds}`;
  entries.set(folder, { kind: 'folder', mode: 0o700 });
  return folder;
}

/** What lies in a folder of memory, at any depth. */
export const filesUnder = (folder: string): Files => [...entries].filter(([path]) => path.startsWith(`${folder}/`));

/** Has a folder of memory hold this and nothing else. */
export function putFiles(folder: string, files: Files): void {
  removeUnder(folder);
  for (const [path, entry] of files) entries.set(path, entry);
}

function removeUnder(folder: string): void {
  for (const path of entries.keys()) if (path.startsWith(`${folder}/`)) entries.delete(path);
}

const failure = (code: string, path: string) => Object.assign(new Error(`${code}: ${path}`), { code });

function need(path: string): Entry {
  const found = entries.get(path);
  if (found === undefined) throw failure('ENOENT', path);
  return found;
}

function put(path: string, entry: Entry): void {
  if (entries.get(dirname(path))?.kind !== 'folder') throw failure('ENOENT', path);
  entries.set(path, entry);
}

function remove(path: string): void {
  need(path);
  entries.delete(path);
}

function write(path: string, text: string, { mode = 0o666, flag = 'w' }: { mode?: number; flag?: string } = {}): void {
  const before = entries.get(path);
  if (flag.includes('x') && before !== undefined) throw failure('EEXIST', path);
  if (before?.kind === 'folder') throw failure('EISDIR', path);
  const kept = flag.startsWith('a') && before?.kind === 'file' ? before.text : '';
  put(path, { kind: 'file', text: kept + text, mode: before?.kind === 'file' ? before.mode : mode });
}

function makeFolder(path: string, mode: number, recursive: boolean): void {
  if (entries.has(path)) {
    if (recursive) return;
    throw failure('EEXIST', path);
  }
  if (recursive && !entries.has(dirname(path)) && path.startsWith(root)) makeFolder(dirname(path), mode, true);
  put(path, { kind: 'folder', mode });
}

function status(path: string) {
  const entry = need(path);
  return {
    isDirectory: () => entry.kind === 'folder',
    isFile: () => entry.kind === 'file',
    isSymbolicLink: () => entry.kind === 'link',
    uid: process.getuid?.() ?? 0,
    mode: entry.kind === 'link' ? 0o777 : entry.mode,
    size: entry.kind === 'file' ? entry.text.length : 0,
    mtimeMs: Date.now(),
    ino: 0,
  };
}

/** Open files, by numbers that no real one has. */
const opened = new Map<number, string>();
let lastDescriptor = 1_000_000;

/** What takes the place of a function of node:fs for paths in memory, and for descriptors of them. */
const functions = {
  existsSync: (path: string) => entries.has(path),
  lstatSync: status,
  statSync: (path: string, { throwIfNoEntry = true }: { throwIfNoEntry?: boolean } = {}) =>
    throwIfNoEntry || entries.has(path) ? status(path) : undefined,
  mkdirSync: (path: string, { recursive = false, mode = 0o777 }: { recursive?: boolean; mode?: number } = {}) =>
    makeFolder(path, mode, recursive),
  readdirSync: (path: string) => {
    if (need(path).kind !== 'folder') throw failure('ENOTDIR', path);
    return [...entries.keys()].filter((one) => dirname(one) === path).map((one) => basename(one));
  },
  readFileSync: (place: string | number, options?: unknown) => {
    const path = typeof place === 'number' ? (opened.get(place) ?? '') : place;
    const entry = need(path);
    if (entry.kind !== 'file') throw failure('EISDIR', path);
    return options === undefined ? Buffer.from(entry.text) : entry.text;
  },
  writeFileSync: (path: string, text: string, options?: { mode?: number; flag?: string }) => write(path, text, options),
  appendFileSync: (path: string, text: string) => write(path, text, { flag: 'a' }),
  renameSync: (from: string, to: string) => {
    put(to, need(from));
    entries.delete(from);
  },
  rmSync: (path: string, { recursive = false, force = false }: { recursive?: boolean; force?: boolean } = {}) => {
    if (force && !entries.has(path)) return;
    if (recursive) removeUnder(path);
    remove(path);
  },
  unlinkSync: remove,
  rmdirSync: remove,
  symlinkSync: (target: string, path: string) => {
    if (entries.has(path)) throw failure('EEXIST', path);
    put(path, { kind: 'link', target });
  },
  readlinkSync: (path: string) => {
    const entry = need(path);
    if (entry.kind !== 'link') throw failure('EINVAL', path);
    return entry.target;
  },
  openSync: (path: string, flags: number) => {
    if (!entries.has(path)) {
      if ((flags & fs.constants.O_CREAT) === 0) throw failure('ENOENT', path);
      write(path, '');
    }
    lastDescriptor += 1;
    opened.set(lastDescriptor, path);
    return lastDescriptor;
  },
  writeSync: (descriptor: number, text: string) => write(opened.get(descriptor) ?? '', text, { flag: 'a' }),
  fstatSync: (descriptor: number) => status(opened.get(descriptor) ?? ''),
  closeSync: (descriptor: number) => opened.delete(descriptor),
};

let isInstalled = false;

function install(): void {
  if (isInstalled) return;
  isInstalled = true;
  const real = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const [name, inMemory] of Object.entries(functions)) {
    const onDisk = real[name];
    if (onDisk === undefined) throw new Error(`node:fs has no ${name}`);
    real[name] = (...args) => {
      const isOurs = name === 'symlinkSync' ? isInMemory(args[1]) : isInMemory(args[0]);
      return isOurs ? (inMemory as (...args: unknown[]) => unknown)(...args) : onDisk(...args);
    };
  }
  syncBuiltinESMExports();
}

const isInMemory = (place: unknown) =>
  typeof place === 'string' ? place.startsWith(root) : typeof place === 'number' && opened.has(place);
