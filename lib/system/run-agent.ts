import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sendSignal } from './process-table.ts';

/** How an agent ended. */
export interface AgentRun {
  /** Exit code; undefined when it was killed. */
  readonly code: number | undefined;
  /** Why it was killed, where it was. */
  readonly ended: 'by itself' | 'timed out' | 'interrupted' | 'by a signal';
  readonly seconds: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/**
 * Runs a program as Pacemaker runs an agent: in a process group of its own, without input, with exactly this environment,
 * and a SIGKILL for the whole group when its time is over.
 *
 * @param onLine is told each line as it comes.
 * @throws Error with a `code` such as ENOENT when it cannot be started.
 */
export async function runAgent(
  file: string,
  args: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly folder: string;
    readonly timeoutMs: number;
    readonly interrupted: AbortSignal;
    readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
  },
): Promise<AgentRun> {
  const begun = performance.now();
  const child = spawn(file, args, {
    env: options.env,
    cwd: options.folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  await once(child, 'spawn');
  const texts = { stdout: [] as string[], stderr: [] as string[] };
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (line) => {
      texts[stream].push(line);
      options.onLine(stream, line);
    });
  }
  let ended: AgentRun['ended'] = 'by itself';
  const end = (why: AgentRun['ended']) => () => {
    ended = why;
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
  };
  const timer = setTimeout(end('timed out'), Math.min(options.timeoutMs, 2 ** 31 - 1));
  const interrupt = end('interrupted');
  options.interrupted.addEventListener('abort', interrupt);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    const seconds = (performance.now() - begun) / 1000;
    await outputEnd(child.stdout, child.stderr);
    if (code === null && ended === 'by itself') ended = 'by a signal';
    return { code: code ?? undefined, ended, seconds, ...texts };
  } finally {
    clearTimeout(timer);
    options.interrupted.removeEventListener('abort', interrupt);
  }
}

/** Waits for the end of the output, but not for a process that the agent has left behind with it. */
async function outputEnd(...streams: readonly NodeJS.ReadableStream[]): Promise<void> {
  const ends = streams.map((stream) => (stream.readable ? once(stream, 'close') : undefined));
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, 500);
  });
  await Promise.race([Promise.all(ends), patience]);
  clearTimeout(timer);
  for (const stream of streams) (stream as NodeJS.ReadableStream & { destroy(): void }).destroy();
}
