import type { Deadline } from '../ocf/deadline.ts';
import type { Bun, BunProcess } from './bun.ts';
import { killTree } from './process-table.ts';
import { spawnOutcome } from './query.ts';
import { maxOutputBytes, type RunResult } from './runner.ts';
import { toolEnvironment } from './tool-environment.ts';

/** `perform` in the native form: Node's modules for it, and execa, would take a fifth of the CPU of a start. */
export async function performByBun(
  { spawn }: Bun,
  command: readonly string[],
  deadline: Deadline,
  input: string | undefined,
): Promise<RunResult> {
  let child: BunProcess;
  try {
    const stdin = input === undefined ? 'ignore' : new TextEncoder().encode(input);
    child = spawn(command, { stdin, stdout: 'pipe', stderr: 'pipe', env: toolEnvironment() });
  } catch (error) {
    return { outcome: spawnOutcome(error), code: -1, stdout: '', stderr: '' };
  }
  let ended: RunResult['outcome'] | undefined;
  const end = (outcome: RunResult['outcome']) => {
    if (ended !== undefined) return;
    ended = outcome;
    killTree(child.pid, 'SIGKILL');
    // A descendant in a session of its own may still hold the pipes: their end is not waited for.
    for (const reader of readers) void reader.cancel();
  };
  const readers = [child.stdout.getReader(), child.stderr.getReader()];
  const timer = setTimeout(() => end('timed-out'), deadline.remaining());
  try {
    const [stdout = '', stderr = ''] = await Promise.all(readers.map((reader) => textOf(reader, () => end('flooded'))));
    await child.exited;
    const { exitCode } = child;
    if (ended !== undefined) return { outcome: ended, code: -1, stdout, stderr };
    if (exitCode === null) return { outcome: 'killed', code: -1, stdout, stderr };
    return { outcome: 'exited', code: exitCode, stdout, stderr };
  } finally {
    clearTimeout(timer);
  }
}

async function textOf(reader: ReadableStreamDefaultReader<Uint8Array>, onFlood: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > maxOutputBytes) onFlood();
  }
}
