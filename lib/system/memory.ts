import { type Bun, bun, fs } from './bun.ts';
import { toFileName } from './file-name.ts';

/** What an agent remembers of a resource until the node boots again. Losing it is never an error. */
export interface Memory<Facts> {
  read(): Facts | undefined;
  write(facts: Facts): void;
  forget(): void;
}

/** The folder of everything that must not outlive a boot; for root only. */
export const runFolder = '/run/ocf-virt';

/** The folder of what outlives a boot, the history above all; for root only. */
export const logFolder = '/var/log/ocf-virt';

/**
 * Memory in one small JSON file of a folder that only its owner can write.
 *
 * A folder that belongs to somebody else, or is a symbolic link, is never written to: then nothing is remembered.
 */
export function fileMemory<Facts extends object>(name: string, folder = runFolder): Memory<Facts> {
  const path = `${folder}/${toFileName(name)}.json`;
  return {
    read: () => readFacts<Facts>(path),
    write: (facts) => {
      try {
        privateFolder(folder);
        const fresh = `${path}.${process.pid}`;
        fs().writeFileSync(fresh, JSON.stringify(facts), { mode: 0o600, flag: 'wx' });
        fs().renameSync(fresh, path);
      } catch {
        // The disk of /run is full, or the agent does not run as root: what is remembered only saves work.
      }
    },
    forget: () => {
      try {
        fs().rmSync(path, { force: true });
      } catch {
        // Something else stands in its place, which is not read either.
      }
    },
  };
}

/**
 * Makes a folder that only its owner can enter.
 *
 * @throws Error when it exists and is a symbolic link, no folder, or somebody else's.
 */
export function privateFolder(folder: string): string {
  fs().mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = fs().lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new Error(`${folder} is not a folder of this user`);
  return folder;
}

function readFacts<Facts>(path: string): Facts | undefined {
  try {
    const found: unknown = JSON.parse(bun === undefined ? fs().readFileSync(path, 'utf8') : mapped(bun, path));
    return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Facts) : undefined;
  } catch {
    return undefined;
  }
}

/** Bun reads a file in a thread of its own, and two threads cost a monitor 0.5 ms. A file that is never cut short can be mapped. */
const mapped = ({ mmap }: Bun, path: string) => new TextDecoder().decode(mmap(path, { shared: false }));
