import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { identify, lives, processIdentity } from '../../../../lib/system/process-identity.ts';

describe('a process', () => {
  it('lives until it ends, also while nobody has taken its exit code', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    const identity = identify(child.pid ?? 0);
    expect(identity).toEqual({ pid: child.pid, startTicks: expect.any(Number) });
    expect(identity !== undefined && lives(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(identity !== undefined && lives(identity)).toBe(false);
  });

  it.each(['Z', 'X'])('in state %s has ended', (state) => {
    const proc = procWith(`7 (sleep) ${state} 1${' 0'.repeat(17)} 99 0`);
    expect(lives({ pid: 7, startTicks: 99 }, proc)).toBe(false);
  });

  it('of the same number and another start is another one', () => {
    const proc = procWith(`7 (sleep) S 1${' 0'.repeat(17)} 99 0`);
    expect(lives({ pid: 7, startTicks: 99 }, proc)).toBe(true);
    expect(lives({ pid: 7, startTicks: 98 }, proc)).toBe(false);
  });

  it('that cannot be looked at is not taken for dead', () => {
    const proc = procWith(undefined);
    expect(lives({ pid: 7, startTicks: 99 }, proc)).toBe(true);
    expect(() => identify(7, proc)).toThrow('EISDIR');
    expect(lives({ pid: 8, startTicks: 99 }, proc)).toBe(false);
  });
});

it('what JSON holds of a process is two whole numbers', () => {
  expect(processIdentity({ pid: 7, startTicks: 99, more: 1 })).toEqual({ pid: 7, startTicks: 99 });
  for (const other of [null, 7, {}, { pid: 7 }, { pid: '7', startTicks: 99 }, { pid: 7, startTicks: 0.5 }])
    expect(processIdentity(other)).toBeUndefined();
});

/** A folder like /proc with process 7, whose `stat` cannot be read when it is not given. */
function procWith(stat: string | undefined): string {
  const proc = mkdtempSync(join(tmpdir(), 'ocf-virt-proc-'));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  mkdirSync(join(proc, stat === undefined ? '7/stat' : '7'), { recursive: true });
  if (stat !== undefined) writeFileSync(join(proc, '7/stat'), stat);
  return proc;
}
