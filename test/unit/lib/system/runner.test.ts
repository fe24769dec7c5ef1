import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { fromNow, machineClock } from '../../../../lib/system/clock.ts';
import { localRunner } from '../../../../lib/system/local-runner.ts';
import { lastWords, type RunResult } from '../../../../lib/system/runner.ts';

const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-runner-'));
afterAll(() => rmSync(folder, { recursive: true }));

const within = (ms: number) => fromNow(ms, machineClock);
const notExecutable = join(folder, 'not-executable');
writeFileSync(notExecutable, '#!/bin/sh\n');
chmodSync(notExecutable, 0o644);

/** Whether a process exists and is no zombie. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && lives(pid); tries += 1) await machineClock.sleep(20);
  return !lives(pid);
}

type Way = 'query' | 'perform';
type Run = (program: string, args: string[], ms?: number, input?: string) => Promise<RunResult>;

/** The runner in this Node, and in the runtime of the native form, which starts programs by itself. */
const forms: Readonly<Record<string, (way: Way) => Run>> = {
  node:
    (way) =>
    async (program, args, ms = 10_000, input = undefined) =>
      localRunner[way](program, args, within(ms), input),
  native:
    (way) =>
    async (program, args, ms = 10_000, input = undefined) => {
      const bun = 'node_modules/@oven/bun-linux-x64/bin/bun';
      const call = JSON.stringify({ way, program, args, ms, input });
      return JSON.parse((await execa(bun, ['test/support/run-by-bun.ts', call])).stdout);
    },
};

describe.each([
  ['query', 'node'],
  ['perform', 'node'],
  ['query', 'native'],
  ['perform', 'native'],
] as const)('%s in the %s form', (way, form) => {
  const run = forms[form]?.(way) as Run;

  it.each([0, 1, 7, 255])('gives exit code %i as data, with both outputs', async (code) => {
    expect(await run('sh', ['-c', `echo out; echo err >&2; exit ${code}`])).toEqual({
      outcome: 'exited',
      code,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('hands arguments over as they are, through no shell', async () => {
    const args = ['$(id)', ';', '`x`', 'a b', '', "'", '"', '\n', '*', '-n'];
    expect((await run('printf', ['%s|', ...args])).stdout).toBe(args.map((arg) => `${arg}|`).join(''));
  });

  it('calls a program that is not there missing', async () => {
    expect(await run('no-such-program', [])).toMatchObject({ outcome: 'missing', code: -1 });
    expect(await run(join(folder, 'no-such-program'), [])).toMatchObject({ outcome: 'missing', code: -1 });
  });

  it('calls a file that is not executable denied', async () => {
    expect(await run(notExecutable, [])).toMatchObject({ outcome: 'denied', code: -1 });
  });

  it('ends a program at its deadline, and keeps what it said', async () => {
    const from = performance.now();
    const result = await run('sh', ['-c', 'echo early; exec sleep 30'], 500);
    expect(result).toMatchObject({ outcome: 'timed-out', code: -1, stdout: 'early\n' });
    expect(performance.now() - from).toBeLessThan(5000);
  });

  it('ends a program that ignores every signal it can', async () => {
    const result = await run('sh', ['-c', 'trap "" TERM INT HUP; echo $$; while :; do sleep 0.05; done'], 500);
    expect(result.outcome).toBe('timed-out');
    expect(await gone(Number(result.stdout))).toBe(true);
  });

  it('does not begin what has no time left', async () => {
    const file = join(folder, `begun-${way}-${form}`);
    expect(await run('touch', [file], 0)).toMatchObject({ outcome: 'timed-out' });
    await machineClock.sleep(100);
    expect((await run('cat', [file])).code).toBe(1);
  });

  it('calls an endless answer flooded, and ends it', async () => {
    const from = performance.now();
    expect(await run('yes', [])).toMatchObject({ outcome: 'flooded', code: -1 });
    expect(performance.now() - from).toBeLessThan(5000);
  });

  it('takes an answer of half a megabyte whole', async () => {
    const { outcome, stdout } = await run('sh', ['-c', 'yes | head -c 524288']);
    expect([outcome, stdout.length]).toEqual(['exited', 524_288]);
  });

  it('tells a program that a signal killed from one that exited', async () => {
    expect(await run('sh', ['-c', 'echo x; kill -SEGV $$'])).toMatchObject({
      outcome: 'killed',
      code: -1,
      stdout: 'x\n',
    });
  });

  it('gives programs nothing to read, and English', async () => {
    const { stdout } = await run('sh', ['-c', 'cat; echo $LC_ALL $LANG']);
    expect(stdout).toBe('C C\n');
  });

  it('does not fail on output that is no UTF-8', async () => {
    expect((await run('printf', ['\\377\\376'])).outcome).toBe('exited');
  });
});

describe.each(['node', 'native'])('perform in the %s form', (form) => {
  const run = forms[form]?.('perform') as Run;

  it('gives a program what it is to read, to the end', async () => {
    const text = 'ä line\n'.repeat(10_000);
    expect(await run('cat', [], 10_000, text)).toMatchObject({ outcome: 'exited', code: 0, stdout: text });
  });

  it('ends children and grandchildren at the deadline', async () => {
    const script = 'sh -c "sleep 30 & echo \\$!; echo \\$\\$; wait" & echo $$; wait';
    const { outcome, stdout } = await run('sh', ['-c', script], 700);
    expect(outcome).toBe('timed-out');
    const pids = stdout.trim().split('\n').map(Number);
    expect(pids).toHaveLength(3);
    for (const pid of pids) expect(await gone(pid)).toBe(true);
  });

  it('does not wait for a descendant that left the tree and holds the pipes', async () => {
    const from = performance.now();
    const result = await run('sh', ['-c', '(setsid sleep 7 &); exec sleep 30'], 500);
    expect(result.outcome).toBe('timed-out');
    expect(performance.now() - from).toBeLessThan(5000);
  });
});

describe('launch', () => {
  it('starts a program in a session of its own, with its output in a file that others cannot read', async () => {
    const file = join(folder, 'log');
    const started = await localRunner.launch('sh', ['-c', 'echo out; echo err >&2; sleep 0.3; exit 3'], file);
    const stat = readFileSync(`/proc/${started.pid}/stat`, 'latin1');
    const [, , group, session] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    expect([group, session]).toEqual([started.pid, started.pid]);
    expect(await started.ended(within(10_000))).toBe(3);
    expect(started.output()).toBe('out\nerr\n');
    expect((await localRunner.perform('stat', ['-c', '%a', file], within(5000))).stdout).toBe('600\n');
  });

  it('adds to the environment of the program what it is given', async () => {
    const words = ['-c', 'echo "$LC_ALL $MORE"'];
    const started = await localRunner.launch('sh', words, join(folder, 'log'), { MORE: 'more' });
    expect(await started.ended(within(10_000))).toBe(0);
    expect(started.output()).toBe('C more\n');
  });

  it('is not ended by a deadline: it only says that the program still runs', async () => {
    const started = await localRunner.launch('sleep', ['30'], join(folder, 'log'));
    try {
      expect(await started.ended(within(100))).toBeUndefined();
      expect(lives(started.pid)).toBe(true);
    } finally {
      process.kill(started.pid, 'SIGKILL');
    }
    expect(await started.ended(within(10_000))).toBe(-1);
  });

  it('forgets what an earlier program wrote into the same file', async () => {
    const file = join(folder, 'again');
    for (const word of ['a long first word', 'second']) {
      const started = await localRunner.launch('echo', [word], file);
      await started.ended(within(10_000));
      expect(started.output()).toBe(`${word}\n`);
    }
  });

  it.each([
    ['a program that is not there', 'no-such-program', 'new-log'],
    ['a file that is not executable', notExecutable, 'new-log'],
    ['a folder of the log that is not there', 'true', 'no-such-folder/log'],
  ])('fails on %s', async (_, program, log) => {
    await expect(localRunner.launch(program, [], join(folder, log))).rejects.toThrow();
  });

  it('follows no symbolic link that waits in place of the log', async () => {
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(folder, 'link'));
    await expect(localRunner.launch('echo', ['x'], join(folder, 'link'))).rejects.toThrow();
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });
});

describe('the last words of a program', () => {
  const result = (more: Partial<RunResult>): RunResult => ({
    outcome: 'exited',
    code: 1,
    stdout: '',
    stderr: '',
    ...more,
  });

  it.each<[Partial<RunResult>, string]>([
    [{ stderr: 'first\nlast\n', stdout: 'out\n' }, 'last'],
    [{ stderr: '\n \n', stdout: 'out\n' }, 'out'],
    [{ code: 3 }, 'exit code 3 and no message'],
    [{ outcome: 'timed-out' }, 'no answer in time'],
    [{ outcome: 'timed-out', stderr: 'waiting\n' }, 'no answer in time: waiting'],
    [{ outcome: 'missing' }, 'program not found'],
    [{ outcome: 'denied' }, 'program not executable'],
    [{ outcome: 'flooded', stdout: 'y\ny\n' }, 'more output than any answer has: y'],
    [{ outcome: 'killed' }, 'killed by a signal'],
    [{ stderr: '\x1b[2Jred\x9b\0' }, '?[2Jred?'],
    [{ stderr: 'a\rb' }, 'a?b'],
    [{ stderr: 'x'.repeat(1000) }, 'x'.repeat(300)],
  ])('of %j are %j', (more, words) => expect(lastWords(result(more))).toBe(words));
});
