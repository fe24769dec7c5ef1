import type { Deadline } from '../ocf/deadline.ts';
import { type BunSpawned, bun } from './bun.ts';
import { maxOutputBytes, type RunResult } from './runner.ts';
import { toolEnvironment } from './tool-environment.ts';

/**
 * Asks a program and waits for its answer, at most until the deadline, when it is killed.
 *
 * A program in uninterruptible sleep cannot be killed by anyone: then Pacemaker's own timeout ends the action, as a
 * failure.
 */
export function query(program: string, args: readonly string[], deadline: Deadline): RunResult {
  const timeout = Math.ceil(deadline.remaining());
  if (timeout === 0) return { outcome: 'timed-out', code: -1, stdout: '', stderr: '' };
  const options = { timeout, killSignal: 'SIGKILL', maxBuffer: maxOutputBytes, env: toolEnvironment() } as const;
  return bun === undefined ? queryByNode(program, args, options) : queryByBun(bun.spawnSync, program, args, options);
}

interface Options {
  readonly timeout: number;
  readonly killSignal: 'SIGKILL';
  readonly maxBuffer: number;
  readonly env: NodeJS.ProcessEnv;
}

function queryByBun(
  spawnSync: NonNullable<typeof bun>['spawnSync'],
  program: string,
  args: readonly string[],
  options: Options,
): RunResult {
  let result: BunSpawned;
  try {
    result = spawnSync([program, ...args], { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', ...options });
  } catch (error) {
    return { outcome: spawnOutcome(error), code: -1, stdout: '', stderr: '' };
  }
  const texts = { stdout: result.stdout.toString(), stderr: result.stderr.toString() };
  if (result.exitedDueToTimeout) return { outcome: 'timed-out', code: -1, ...texts };
  if (result.exitedDueToMaxBuffer) return { outcome: 'flooded', code: -1, ...texts };
  if (result.exitCode === null) return { outcome: 'killed', code: -1, ...texts };
  return { outcome: 'exited', code: result.exitCode, ...texts };
}

function queryByNode(program: string, args: readonly string[], options: Options): RunResult {
  const { spawnSync } = process.getBuiltinModule('node:child_process');
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  const texts = { stdout: stdout ?? '', stderr: stderr ?? '' };
  if (error !== undefined) return { outcome: spawnOutcome(error), code: -1, ...texts };
  if (status === null) return { outcome: 'killed', code: -1, ...texts };
  return { outcome: 'exited', code: status, ...texts };
}

/** The meaning of a spawn error's `code`. */
export function spawnOutcome(error: unknown): RunResult['outcome'] {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return 'timed-out';
  if (code === 'ENOBUFS') return 'flooded';
  if (code === 'ENOENT') return 'missing';
  return 'denied';
}
