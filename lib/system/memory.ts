import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** What an agent remembers of a resource until the node boots again. Losing it is never an error. */
export interface Memory<Facts> {
  read(): Facts | undefined;
  write(facts: Facts): void;
  forget(): void;
}

/** The folder of everything that must not outlive a boot; for root only. */
export const runFolder = '/run/ocf-virt';

/**
 * Memory in one small JSON file of a folder that only its owner can write.
 *
 * A folder that belongs to somebody else, or is a symbolic link, is not trusted: then nothing is remembered.
 */
export function fileMemory<Facts extends object>(name: string, folder = runFolder): Memory<Facts> {
  const path = join(folder, `${encodeURIComponent(name)}.json`);
  return {
    read: () => readFacts<Facts>(path),
    write: (facts) => {
      try {
        privateFolder(folder);
        const fresh = `${path}.${process.pid}`;
        writeFileSync(fresh, JSON.stringify(facts), { mode: 0o600, flag: 'wx' });
        renameSync(fresh, path);
      } catch {
        // The disk of /run is full, or the agent does not run as root: what is remembered only saves work.
      }
    },
    forget: () => rmSync(path, { force: true }),
  };
}

/**
 * Makes a folder that only its owner can enter.
 *
 * @throws Error when it exists and is a symbolic link, no folder, or somebody else's.
 */
export function privateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${folder} is not a folder of this user`);
  return folder;
}

function readFacts<Facts>(path: string): Facts | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    return JSON.parse(readFileSync(file, 'utf8')) as Facts;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
