import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type MemoryHost, onHost } from '../sim/memory-host.ts';
import { create } from '../sim/xl/create.ts';
import { list } from '../sim/xl/list.ts';

it('A command runs in the memory of its caller, who decides how much time passes at each pause', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-memory-'));
  try {
    const host = emptyHost(folder);
    const file = join(folder, 'vm01.cfg');
    writeFileSync(file, 'name="vm01"\nmemory=64\nsim_create_seconds=2\nsim_boot_seconds=3\n');
    const listed = () => {
      host.stdout = '';
      expect(onHost(host, () => list([]))).toBe(0);
      return host.stdout.split('\n').filter((line) => line.startsWith('vm01'));
    };
    const creation = onHost(host, () => create([file]));
    expect(onHost(host, () => creation.next()).value).toMatchObject({ ms: 2000 });
    expect(listed()).toEqual([expect.stringMatching(/^vm01 +1 +64 +\d+ +--p---/)]);
    host.elapse(2000);
    expect(onHost(host, () => creation.next())).toEqual({ done: true, value: 0 });
    expect(listed()).toEqual([expect.stringMatching(/^vm01 +1 +64 +\d+ +[r-][b-]----/)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function emptyHost(folder: string): MemoryHost {
  let time = 0;
  const program = { pid: 1, start: '1' };
  return {
    settings: { host: 'node1', etc: folder },
    xen: undefined,
    vmware: undefined,
    self: 1,
    stdout: '',
    stderr: '',
    session: { lines: [], ended: () => true, tell: () => false },
    now: () => time,
    elapse: (ms) => {
      time += ms;
    },
    identify: () => program,
    kill: () => {},
    exec: () => {},
    startDaemon: () => program,
    startVm: () => program,
    logTruth: () => {},
    hasFault: () => false,
    connect: () => {
      throw new Error('there is no other host');
    },
  };
}
