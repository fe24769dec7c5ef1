import { spawnSync } from 'node:child_process';
import type { Deadline } from '../ocf/deadline.ts';
import { maxOutputBytes, type Runner, type RunResult } from './runner.ts';
import { toolEnvironment } from './tool-environment.ts';

/** The runner of this machine. Only `query` is loaded with it. */
export const localRunner: Runner = {
  query,
  perform: async (program, args, deadline) => (await import('./perform.ts')).perform(program, args, deadline),
  launch: async (program, args, logFile) => (await import('./launch.ts')).launch(program, args, logFile),
};

function query(program: string, args: readonly string[], deadline: Deadline): RunResult {
  const timeout = Math.ceil(deadline.remaining());
  if (timeout === 0) return { outcome: 'timed-out', code: -1, stdout: '', stderr: '' };
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutputBytes,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: toolEnvironment(),
  });
  const texts = { stdout: stdout ?? '', stderr: stderr ?? '' };
  if (error !== undefined) return { outcome: outcomeOf(error), code: -1, ...texts };
  if (status === null) return { outcome: 'killed', code: -1, ...texts };
  return { outcome: 'exited', code: status, ...texts };
}

/** The meaning of a spawn error's `code`. */
function outcomeOf(error: Error): RunResult['outcome'] {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return 'timed-out';
  if (code === 'ENOBUFS') return 'flooded';
  if (code === 'ENOENT') return 'missing';
  return 'denied';
}
