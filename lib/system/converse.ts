import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Deadline } from '../ocf/deadline.ts';
import { killTree } from './process-table.ts';
import { maxOutputBytes, type Reply, type RunResult } from './runner.ts';
import { toolEnvironment } from './tool-environment.ts';

/**
 * Runs a program that asks a question, whose input stays open until it has ended: the end of the input may stand for an
 * answer. At the deadline it is killed with all its descendants.
 */
export async function converse(
  program: string,
  args: readonly string[],
  reply: Reply,
  deadline: Deadline,
): Promise<RunResult> {
  const child = spawn(program, args, { env: toolEnvironment(), stdio: ['pipe', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  let outcome: RunResult['outcome'] = 'exited';
  let answered = false;
  const end = (why: RunResult['outcome']) => {
    outcome = why;
    if (child.pid !== undefined) killTree(child.pid, 'SIGKILL');
  };
  const hear = (stream: 'stdout' | 'stderr') => (piece: string) => {
    texts[stream] += piece;
    if (texts[stream].length > maxOutputBytes) end('flooded');
    if (stream === 'stderr' || answered) return;
    const words = reply(texts.stdout);
    if (words === undefined) return;
    answered = true;
    if (words === 'hang up') end('killed');
    else child.stdin.write(words);
  };
  child.stdout.setEncoding('utf8').on('data', hear('stdout'));
  child.stderr.setEncoding('utf8').on('data', hear('stderr'));
  // A program that ends while it is written to.
  child.stdin.on('error', () => {});
  const timer = setTimeout(() => end('timed-out'), deadline.remaining());
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (outcome === 'exited' && code !== null) return { outcome, code, ...texts };
    return { outcome: outcome === 'exited' ? 'killed' : outcome, code: -1, ...texts };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { outcome: isMissing ? 'missing' : 'denied', code: -1, ...texts };
  } finally {
    clearTimeout(timer);
  }
}
