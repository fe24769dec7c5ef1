import { fs } from '../../lib/system/bun.ts';
import { privateFolder } from '../../lib/system/memory.ts';
import { identify, lives, type ProcessIdentity, processIdentity } from '../../lib/system/process-identity.ts';

/** The daemon that has the pid file, alive or not. */
export interface Owner {
  readonly daemon: ProcessIdentity;
  /** The program that it listens through, which outlives a daemon that is killed. */
  readonly listener: ProcessIdentity | undefined;
}

const fileIn = (runFolder: string) => `${runFolder}/vmwatch.pid`;

/**
 * Makes this process the one daemon of the node. The file appears with its content, and that of a dead daemon is
 * replaced.
 *
 * @returns false when another one lives.
 * @throws Error when the folder cannot be written.
 */
export function takePidFile(runFolder: string): boolean {
  const file = fileIn(privateFolder(runFolder));
  const draft = writeDraft(file, undefined);
  try {
    fs().linkSync(draft, file);
    fs().rmSync(draft);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const other = readPidFile(runFolder);
  if (other !== undefined && lives(other.daemon)) {
    fs().rmSync(draft);
    return false;
  }
  fs().renameSync(draft, file);
  return readPidFile(runFolder)?.daemon.pid === process.pid;
}

/** Notes the program that this daemon listens through. */
export function noteListener(runFolder: string, listener: ProcessIdentity | undefined): void {
  const file = fileIn(runFolder);
  try {
    fs().renameSync(writeDraft(file, listener), file);
  } catch {
    // The disk of /run is full: a daemon that is killed then leaves its listener to end at its next line.
  }
}

export function readPidFile(runFolder: string): Owner | undefined {
  try {
    const found = JSON.parse(fs().readFileSync(fileIn(runFolder), 'utf8'));
    const daemon = processIdentity(found);
    return daemon === undefined ? undefined : { daemon, listener: processIdentity(found?.listener) };
  } catch {
    return undefined;
  }
}

export function removePidFile(runFolder: string): void {
  try {
    fs().rmSync(fileIn(runFolder), { force: true });
  } catch {
    // One that stays names a dead process.
  }
}

function writeDraft(file: string, listener: ProcessIdentity | undefined): string {
  const draft = `${file}.${process.pid}`;
  fs().writeFileSync(draft, JSON.stringify({ ...identify(process.pid), listener }), { mode: 0o600 });
  return draft;
}
