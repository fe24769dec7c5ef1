import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import type { Deadline } from '../ocf/deadline.ts';
import type { Launched } from './runner.ts';
import { toolEnvironment } from './tool-environment.ts';

/**
 * Starts a program in a session of its own, with its output in `logFile`.
 *
 * Pacemaker kills the process group of an action that is late. What must not die with it, `xl migrate` above all,
 * is started here. Its output goes to a file and not through a pipe, because a pipe would end with the agent.
 *
 * @throws Error when the program cannot be started or the file cannot be written.
 */
export async function launch(
  program: string,
  args: readonly string[],
  logFile: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Launched> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const log = openSync(logFile, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    const env = { ...toolEnvironment(), ...more };
    const child = spawn(program, args, { detached: true, env, stdio: ['ignore', log, log] });
    const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
    await once(child, 'spawn');
    if (child.pid === undefined) throw new Error(`${program} has no process id`);
    // The agent may end while the program goes on.
    child.unref();
    return {
      pid: child.pid,
      output: () => readFileSync(logFile, 'utf8'),
      ended: (deadline) => endedWithin(ended, deadline),
    };
  } finally {
    closeSync(log);
  }
}

async function endedWithin(ended: Promise<number>, deadline: Deadline): Promise<number | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), deadline.remaining());
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    clearTimeout(timer);
  }
}
