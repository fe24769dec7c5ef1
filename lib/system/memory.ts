import { failed, OcfError } from '../ocf/error.ts';
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
 * A folder that belongs to somebody else, or is a symbolic link, is never written to, nor read or cleared once that was
 * seen: then nothing is remembered.
 */
export function fileMemory<Facts extends object>(name: string, folder = runFolder): Memory<Facts> {
  const path = `${folder}/${toFileName(name)}.json`;
  return {
    read: () => (refused.has(folder) ? undefined : readFacts<Facts>(path)),
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
      if (refused.has(folder)) return;
      try {
        fs().rmSync(path, { force: true });
      } catch {
        // Something else stands in its place, which is not read either.
      }
    },
  };
}

/** Folders that were found not to be this user's: what lies in one may be anybody's. */
const refused = new Set<string>();

/**
 * Makes a folder that only its owner can enter. One that others could write to is closed to them, and what they may have
 * put there is removed.
 *
 * @throws OcfError exit 1 when it cannot be made, or exists and is a symbolic link, no folder, or somebody else's.
 */
export function privateFolder(folder: string): string {
  try {
    fs().mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode } = ownFolder(folder);
    if ((mode & 0o022) !== 0) {
      fs().chmodSync(folder, 0o700);
      removeForeign(folder);
    }
    refused.delete(folder);
    return folder;
  } catch (error) {
    refused.add(folder);
    if (error instanceof OcfError) throw error;
    throw failed(
      `${folder} cannot be used: ${error instanceof Error ? error.message : error}`,
      'look at what stands there, and whether its disk is full',
    );
  }
}

function ownFolder(folder: string) {
  const found = fs().lstatSync(folder);
  if (found.isDirectory() && found.uid === process.getuid?.()) return found;
  throw failed(`${folder} is not a folder of this user`, 'remove it: the next action makes it anew');
}

/** Without going into folders, because their owner could put a link in the way meanwhile. */
function removeForeign(folder: string): void {
  for (const name of fs().readdirSync(folder)) {
    const path = `${folder}/${name}`;
    const found = fs().lstatSync(path);
    if (found.uid === process.getuid?.()) continue;
    if (found.isDirectory()) fs().rmdirSync(path);
    else fs().unlinkSync(path);
  }
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
