import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { identify, type ProcessIdentity } from './process-identity.ts';
import { toolEnvironment } from './tool-environment.ts';

/** A program that runs on and prints a line when something happens. */
export interface Listener {
  /** undefined when it did not start. */
  readonly process: ProcessIdentity | undefined;
  /** Ends it; `onEnd` is not called then. */
  end(): void;
}

/**
 * Starts a program and hears its lines until it ends.
 *
 * @param onEnd is called once with why it ended: `missing`, or its last words.
 */
export function listen(
  program: string,
  args: readonly string[],
  onLine: (line: string) => void,
  onEnd: (why: string) => void,
): Listener {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: toolEnvironment() });
  let isOver = false;
  let words = '';
  const over = (why: string) => {
    if (isOver) return;
    isOver = true;
    onEnd(why);
  };
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!isOver) onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-500);
  });
  child.once('error', (error) => over('code' in error && error.code === 'ENOENT' ? 'missing' : error.message));
  child.once('close', (code, signal) => over(words.trim() || (signal ?? `exit code ${code}`)));
  return {
    process: child.pid === undefined ? undefined : identify(child.pid),
    end: () => {
      isOver = true;
      child.kill('SIGKILL');
    },
  };
}
