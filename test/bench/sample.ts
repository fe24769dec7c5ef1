import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { execa } from 'execa';

/** A program to run, and the folder with its tools. */
export interface Run {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One run, with all processes that it waited for. */
export interface Sample {
  readonly wallMs: number;
  /** User and system. */
  readonly cpuMs: number;
  /** Peak resident memory of the largest process. */
  readonly rssMiB: number;
  readonly code: number;
}

/** What does not depend on the speed of the machine. */
export interface Counts {
  /** Programs that were executed beside the one itself and its interpreter. */
  readonly programs: readonly string[];
  /** Bytes that were read from files, pipes and sockets; what is mapped, executables above all, is not counted. */
  readonly bytesRead: number;
}

/** Measures one run with the compiled `sample` of a folder, which adds nothing to it. */
export async function sampleOf(folder: string, { command, env }: Run): Promise<Sample> {
  const { stdout } = await execa(join(folder, 'sample'), command, { env, extendEnv: false });
  const [nanoseconds = 0, microseconds = 0, kib = 0, code = -1] = stdout.split(' ').map(Number);
  return { wallMs: nanoseconds / 1e6, cpuMs: microseconds / 1e3, rssMiB: kib / 1024, code };
}

const reading = ['read', 'pread64', 'readv', 'preadv', 'preadv2', 'recvfrom', 'recvmsg'];

/** Counts what one run does, by strace. */
export async function countsOf(folder: string, { command, env }: Run): Promise<Counts> {
  const file = join(folder, 'strace');
  const trace = `trace=execve,${reading.join(',')}`;
  await execa('strace', ['-f', '-qq', '-s', '256', '-o', file, '-e', trace, ...command], {
    env,
    extendEnv: false,
    reject: false,
    stdio: 'ignore',
  });
  const lines = (await readFile(file, 'utf8')).split('\n');
  // A call that another process interrupts is written in two lines, of which the second one has the result.
  const interrupted = new Map<string, string>();
  const programs: string[] = [];
  let bytesRead = 0;
  for (const line of lines) {
    const [, pid = '', rest = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) interrupted.set(pid, rest);
    const result = Number(/\)\s+= (-?\d+)(?: \w.*)?$/.exec(rest)?.[1]);
    const call = rest.startsWith('<...') ? (interrupted.get(pid) ?? '') : rest;
    if (call.startsWith('execve(') && result === 0) programs.push(/^execve\("([^"]*)"/.exec(call)?.[1] ?? '');
    else if (reading.some((name) => call.startsWith(`${name}(`)) && result > 0) bytesRead += result;
  }
  return { programs: programs.slice(1).filter((program) => basename(program) !== 'node'), bytesRead };
}

/** The median of some numbers. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
