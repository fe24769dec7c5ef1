import { accessSync, constants, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { notInstalled } from '../../lib/ocf/error.ts';

/** How to run an agent so that the programs that it runs are written down, and how to read them afterwards. */
export interface Traced {
  readonly program: string;
  readonly args: readonly string[];
  /** Command lines, in the order of their start. To be called once. */
  read(): readonly string[];
}

/**
 * Runs an agent under strace.
 *
 * @throws OcfError exit 5 when strace is not installed.
 */
export function traced(agent: string, action: string): Traced {
  const strace = findProgram('strace');
  if (strace === undefined) {
    throw notInstalled('the programs of an agent are listed by strace, which is not installed', 'leave out --programs');
  }
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-run-'));
  const file = join(folder, 'trace');
  return {
    program: strace,
    args: ['-f', '-qq', '-s', '1000', '-e', 'trace=execve', '-e', 'signal=none', '-o', file, agent, action],
    read: () => {
      try {
        return parseTrace(readFileSync(file, 'utf8'));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  };
}

/** The command lines in what strace wrote of execve, without the agent's own; only those that were started. */
export function parseTrace(text: string): readonly string[] {
  const begun = new Map<string, string>();
  const started: string[] = [];
  for (const line of text.split('\n')) {
    const [, pid = '', words = '', end = ''] =
      /^(\d+)\s+execve\("(?:[^"\\]|\\.)*", \[(.*?)\](?:\.\.\.)?, (.*)$/.exec(line) ?? [];
    const [, resumed = ''] = /^(\d+)\s+<\.\.\. execve resumed>.*= 0$/.exec(line) ?? [];
    // Of two programs that start at the same time, strace writes the one in two pieces.
    if (end.endsWith('<unfinished ...>')) begun.set(pid, words);
    else if (end.endsWith('= 0')) started.push(words);
    else if (resumed !== '') started.push(begun.get(resumed) ?? '');
  }
  return started.slice(1).map(commandLine);
}

const commandLine = (words: string) =>
  [...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word.replace(/\\(.)/g, '$1')).join(' ');

function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
