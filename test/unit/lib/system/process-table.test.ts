import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unlessGone } from '../../../../lib/system/process-stat.ts';
import { killTree, processes, sendSignal } from '../../../../lib/system/process-table.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-proc-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Makes a folder of a process as /proc has it. */
function fakeProcess(pid: string, stat: string | undefined, cmdline: string, output?: string) {
  mkdirSync(join(folder, pid, 'fd'), { recursive: true });
  if (stat !== undefined) writeFileSync(join(folder, pid, 'stat'), stat);
  writeFileSync(join(folder, pid, 'cmdline'), cmdline);
  if (output !== undefined) symlinkSync(output, join(folder, pid, 'fd/1'));
}

describe('the process table', () => {
  it('has this process, its parent and its arguments', () => {
    const own = processes().find(({ pid }) => pid === process.pid);
    expect(own?.parent).toBe(process.ppid);
    expect(own?.args[0]).toMatch(/node/);
  });

  it('has a process whose name looks like the end of a name', async () => {
    const program = join(folder, 'a) S 1 (b');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['30'], { stdio: 'ignore' });
    try {
      await once(child, 'spawn');
      expect(processes().find(({ pid }) => pid === child.pid)).toEqual({
        pid: child.pid,
        parent: process.pid,
        args: [program, '30'],
        output: '/dev/null',
        startTicks: expect.any(Number),
      });
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('reads the arguments as they are, and where the output goes', () => {
    fakeProcess('7', '7 (xl) S 3 7 7 0', 'xl\0create\0a b\0\0', '/var/log/xen/xl-vm01.log');
    expect(processes(folder)).toEqual([
      { pid: 7, parent: 3, args: ['xl', 'create', 'a b', ''], output: '/var/log/xen/xl-vm01.log' },
    ]);
  });

  it('reads the title that a process gave itself without a zero byte at its end', () => {
    fakeProcess('8', '8 (sshd) S 1 8 8 0', 'sshd: root@notty');
    expect(processes(folder)[0]?.args).toEqual(['sshd: root@notty']);
  });

  it('has kernel threads and zombies without arguments', () => {
    fakeProcess('2', '2 (kthreadd) S 0 0 0 0', '');
    expect(processes(folder)).toEqual([{ pid: 2, parent: 0, args: [], output: '' }]);
  });

  it('has a process whose output may not be seen', () => {
    fakeProcess('9', '9 (x) S 1 9 9 0', 'x\0');
    expect(processes(folder)[0]?.output).toBe('');
  });

  it('leaves out what ends while it is read, and what is no process', () => {
    fakeProcess('10', undefined, 'gone\0');
    fakeProcess('self', '1 (x) S 1', 'x\0');
    mkdirSync(join(folder, '11'));
    expect(processes(folder)).toEqual([]);
  });
});

it('a process is killed also when its descendants cannot be told', async () => {
  mkdirSync(join(folder, '12/stat'), { recursive: true });
  expect(() => processes(folder)).toThrow('EISDIR');
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  killTree(child.pid ?? 0, 'SIGKILL', folder);
  expect(await ended).toEqual([null, 'SIGKILL']);
});

it.each([
  ['ENOENT', []],
  ['ESRCH', []],
  ['EACCES', ['EACCES']],
])('a reading that ends with %s tells of no process', (code, others) => {
  const read = () => {
    throw Object.assign(new Error(code), { code });
  };
  expect(unlessGone(read, others)).toBeUndefined();
});

it('a reading that ends with another error does not pass for the end of a process', () => {
  const read = () => {
    throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  };
  expect(() => unlessGone(read, ['EACCES'])).toThrow('EMFILE');
});

it('a signal to a process that is gone gives false', async () => {
  const child = spawn('true', { stdio: 'ignore' });
  await once(child, 'exit');
  expect(sendSignal(child.pid ?? 0, 'SIGTERM')).toBe(false);
  expect(sendSignal(process.pid, 'SIGCONT')).toBe(true);
});
