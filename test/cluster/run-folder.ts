import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify, killAndWait, lives, type ProcessId } from './host-process.ts';

/** Everything of one running cluster: a tmpfs, so that the upper layers of overlays of any root file system fit. */
export interface RunFolder {
  readonly path: string;
  /** Notes a process that has to be gone before the folder can go. */
  note(process: ProcessId): void;
  /** Kills what was noted and takes the folder away. Synchronous, and may be called again. */
  remove(): void;
}

/**
 * Takes the folder of a purpose, and clears away what a run that was killed left in it.
 *
 * @param name the purpose: one cluster of a name at a time on one machine.
 * @throws Error when another living process has it.
 */
export function takeRunFolder(name: string): RunFolder {
  if (process.getuid?.() !== 0) throw new Error('a test cluster needs root: mounts, namespaces, virtual cables');
  const path = join(tmpdir(), `ocf-virt-cluster-${name}`);
  const owner = `${path}.owner`;
  takeOwnership(owner, () => removeRun(path));
  mkdirSync(path, { recursive: true, mode: 0o755 });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=755,size=6g', 'ocf-virt-cluster', path]);
  if (mounted.status !== 0) {
    rmSync(owner, { force: true });
    throw new Error(`a tmpfs could not be mounted on ${path}: ${mounted.stderr} (in a container, run it privileged)`);
  }
  mkdirSync(join(path, 'processes'));
  let gone = false;
  const remove = () => {
    if (gone) return;
    removeRun(path);
    rmSync(owner, { force: true });
    gone = true;
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, onSignal);
  };
  let signalled = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (signalled) return;
    signalled = true;
    process.stderr.write(`\n${signal}: the cluster ${name} is taken down\n`);
    // Not at once: removing blocks, and tsx sends SIGKILL to a program that does not tell it of the signal within 30 ms.
    setTimeout(() => {
      remove();
      process.kill(process.pid, signal);
    }, 150);
  };
  // `exit` also comes after an error that nobody caught; only SIGKILL leaves something, for the next run to find.
  process.on('exit', remove);
  for (const signal of signals) process.on(signal, onSignal);
  return {
    path,
    note: ({ pid, start }) => writeFileSync(join(path, 'processes', String(pid)), start),
    remove,
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Creates the owner file, or replaces that of a dead process after clearing up behind it. */
function takeOwnership(owner: string, clearUp: () => void): void {
  const me = identify(process.pid);
  if (me === undefined) throw new Error('/proc is not mounted');
  const draft = `${owner}.${me.pid}`;
  writeFileSync(draft, JSON.stringify(me));
  try {
    for (;;) {
      try {
        // A link, because it appears with its content: nobody ever reads a half-written owner.
        linkSync(draft, owner);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other: ProcessId = JSON.parse(readFileSync(owner, 'utf8'));
      if (lives(other)) {
        throw new Error(`a cluster of this name runs already, started by process ${other.pid}: wait for it, or end it`);
      }
      clearUp();
      rmSync(owner, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

function removeRun(path: string): void {
  killAndWait(notedProcesses(path));
  // A tmpfs can be mounted twice after an unlucky kill; "not mounted" ends the loop.
  for (let tries = 0; tries < 20; tries += 1) {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    if (!mounts.some((line) => line.split(' ')[4] === path)) break;
    const lazily = tries < 10 ? [] : ['--lazy'];
    if (spawnSync('umount', [...lazily, path]).status !== 0)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  rmSync(path, { recursive: true, force: true });
}

function notedProcesses(path: string): ProcessId[] {
  const folder = join(path, 'processes');
  try {
    return readdirSync(folder).map((pid) => ({ pid: Number(pid), start: readFileSync(join(folder, pid), 'utf8') }));
  } catch {
    return [];
  }
}
