import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beforeService } from '../support/service-drop-in.ts';

/** Not in /tmp, which may be memory itself. */
let folder: string;
let file: string;
const size = 8 << 20;
beforeAll(() => {
  mkdirSync('.cache', { recursive: true });
  folder = mkdtempSync('.cache/drop-in-');
  file = join(folder, 'executable');
  writeFileSync(file, Buffer.alloc(size, 'x'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const inMemory = async () => Number((await execa('fincore', ['-nbo', 'RES', file])).stdout);
const commands = readFileSync('packaging/files/ocf-virt.conf', 'utf8').match(/^ExecStartPre=.*$/gm) ?? [];

describe('before Pacemaker starts, the drop-in', () => {
  it('brings the whole executable into memory', async () => {
    await execa('sync', [file]);
    await execa('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
    expect(await inMemory()).toBe(0);
    await execa('sh', ['-ec', beforeService(file)]);
    expect(await inMemory()).toBe(size);
  });

  it('drops what came page by page, even when it was written just now', async () => {
    writeFileSync(file, Buffer.alloc(size, 'y'));
    expect(await inMemory()).toBe(size);
    const [read = ''] = commands.slice(-1);
    expect(read).toContain('of=/dev/null');
    await execa('sh', ['-ec', beforeService(file).replace(/dd if=\S+ of=\/dev\/null/, 'true')]);
    expect(await inMemory()).toBe(0);
  });

  it('runs programs that are there, whose failure is none of Pacemaker', () => {
    expect(commands).not.toEqual([]);
    for (const command of commands) {
      const [, program = ''] = /^ExecStartPre=-(\S+) .*\/usr\/bin\/ocf-virt/.exec(command) ?? [];
      expect(existsSync(program), command).toBe(true);
    }
  });
});
