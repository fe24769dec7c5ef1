import { createWriteStream, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { identify, killAndWait, namespaceOf, processesIn, signal } from './host-process.ts';
import type { Wiring } from './network.ts';
import type { RunFolder } from './run-folder.ts';
import { waitUntil } from './wait-until.ts';

/** What a program in a node said. `code` is 124 when its time was over, as timeout(1) has it. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  /** Milliseconds until it is ended, 30 s by default. */
  readonly timeout?: number;
  /** For its standard input, which is empty by default. */
  readonly input?: string;
}

/** A node that is switched on. */
export interface Machine {
  exec(argv: readonly string[], options?: ExecOptions): Promise<Outcome>;
  /** Stops every process as it is, until `thaw`: what a host does that hangs for a while. */
  freeze(): void;
  thaw(): void;
  /** Ends it at once: the cables first, then every process. */
  off(): Promise<void>;
}

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Boots a node: namespaces of its own with `node-init.sh` as pid 1.
 *
 * It ends with this program, however that ends: the kernel kills `unshare` when its parent dies, and `unshare` its child.
 */
export async function boot(
  node: string,
  number: number,
  root: string,
  run: RunFolder,
  wiring: Wiring,
): Promise<Machine> {
  const pidFile = join(run.path, 'power', `pid.${node}`);
  rmSync(pidFile, { force: true });
  const namespaces = [
    '--mount',
    '--propagation',
    'private',
    '--uts',
    '--ipc',
    '--net',
    '--pid',
    '--fork',
    '--kill-child',
  ];
  const init = ['/bin/bash', join(import.meta.dirname, 'node-init.sh'), node, String(number), run.path, root];
  const unshare = execa('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...namespaces, ...init], {
    detached: true,
    extendEnv: false,
    env: { PATH: path },
    stdin: 'ignore',
    all: true,
    buffer: false,
    reject: false,
  });
  const consoleFile = join(run.path, 'nodes', node, 'console');
  unshare.all.pipe(createWriteStream(consoleFile, { flags: 'a' }));
  let ended = false;
  void unshare.then(() => {
    ended = true;
  });
  const pid = await waitUntil(
    `${node} boots`,
    20,
    () => {
      if (ended) throw new Error(`${node} did not boot:\n${readFileSync(consoleFile, 'utf8')}`);
      return numberIn(pidFile);
    },
    () => readFileSync(consoleFile, 'utf8'),
  );
  const identity = identify(pid);
  if (identity === undefined) throw new Error(`${node} died while it booted:\n${readFileSync(consoleFile, 'utf8')}`);
  run.note(identity);
  await wiring.connect(node, number, pid);
  const namespace = namespaceOf(pid, 'pid') ?? '';
  return {
    exec: (argv, options) => execIn(node, pid, argv, options),
    freeze: () => {
      const stopped = new Set<number>();
      // Again and again: what is not stopped yet may start another one.
      for (let before = -1; stopped.size > before; ) {
        before = stopped.size;
        for (const one of processesIn(namespace, 'pid').filter((each) => !stopped.has(each.pid))) {
          signal(one, 'SIGSTOP');
          stopped.add(one.pid);
        }
      }
    },
    // Of its children: an nsenter outside stops itself with the program that it has started, and does not go on with it.
    thaw: () => {
      for (const one of processesIn(namespace, 'pid_for_children')) signal(one, 'SIGCONT');
    },
    off: async () => {
      await wiring.disconnect(node);
      // The namespace ends when its last process is reaped, which an nsenter that stands still does not do.
      const entered = processesIn(namespace, 'pid_for_children').filter((one) => one.pid !== unshare.pid);
      killAndWait([identity, ...entered]);
      await unshare;
    },
  };
}

async function execIn(
  node: string,
  pid: number,
  argv: readonly string[],
  { timeout = 30_000, input = '' }: ExecOptions = {},
): Promise<Outcome> {
  const enter = ['--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--'];
  const clean = ['env', '-i', 'HOME=/root', 'USER=root', 'TERM=dumb', 'LANG=C.UTF-8', 'LC_ALL=C.UTF-8', `PATH=${path}`];
  // timeout(1) in the node: a kill from outside would reach nsenter and leave the program running.
  const limited = ['timeout', '--kill-after=2', String(timeout / 1000), ...argv];
  const done = await execa('nsenter', [...enter, ...clean, ...limited], {
    input,
    reject: false,
    stripFinalNewline: false,
    timeout: timeout + 5000,
    maxBuffer: 2 ** 26,
  });
  const { exitCode, stdout, stderr } = done;
  if (exitCode === undefined) return { code: 137, stdout, stderr: `${stderr}${node}: ${done.shortMessage}` };
  return { code: exitCode, stdout, stderr };
}

function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
