import { execa } from 'execa';
import type { Deadline } from '../ocf/deadline.ts';
import { killTree } from './process-table.ts';
import { maxOutputBytes, type RunResult } from './runner.ts';
import { toolEnvironment } from './tool-environment.ts';

/** `perform` in the node form. */
export async function performByExeca(
  [program = '', ...args]: readonly string[],
  deadline: Deadline,
  input: string | undefined,
): Promise<RunResult> {
  const child = execa(program, args, {
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    reject: false,
    extendEnv: false,
    env: toolEnvironment(),
    maxBuffer: maxOutputBytes,
    stripFinalNewline: false,
    cleanup: false,
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    if (child.pid !== undefined) killTree(child.pid, 'SIGKILL');
    // A descendant in a session of its own may still hold the pipes: their end is not waited for.
    child.stdout.destroy();
    child.stderr.destroy();
  }, deadline.remaining());
  try {
    const result = await child;
    const texts = { stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
    if (late) return { outcome: 'timed-out', code: -1, ...texts };
    if (result.exitCode !== undefined && !result.isMaxBuffer)
      return { outcome: 'exited', code: result.exitCode, ...texts };
    if (result.isMaxBuffer) return { outcome: 'flooded', code: -1, ...texts };
    if (result.code === 'ENOENT') return { outcome: 'missing', code: -1, ...texts };
    return { outcome: result.isTerminated ? 'killed' : 'denied', code: -1, ...texts };
  } finally {
    clearTimeout(timer);
  }
}
