import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drop, preload } from '../support/service-files.ts';

/** Not in /tmp, which may be memory itself. */
let folder: string;
let file: string;
/** Whether this file system has files that are not in memory at all: tmpfs has none. */
let drops: boolean;
const size = 8 << 20;
beforeAll(async () => {
  mkdirSync('.cache', { recursive: true });
  folder = mkdtempSync('.cache/preload-');
  file = join(folder, 'executable');
  writeFileSync(file, Buffer.alloc(size, 'x'));
  await execa('sync', [file]);
  await execa('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
  drops = (await inMemory()) === 0;
});
afterAll(() => rmSync(folder, { recursive: true }));

const inMemory = async () => Number((await execa('fincore', ['-nbo', 'RES', file])).stdout);
const run = async (commands: readonly string[]) => {
  for (const command of commands) await execa('sh', ['-c', command]);
};

describe('ocf-virt-preload.service', () => {
  it('brings the whole executable into memory', async ({ skip }) => {
    skip(!drops, 'the file system of this folder is memory itself');
    await run(preload(file));
    expect(await inMemory()).toBe(size);
  });

  it('drops what came page by page before, even when it was written just now', async ({ skip }) => {
    skip(!drops, 'the file system of this folder is memory itself');
    writeFileSync(file, Buffer.alloc(size, 'y'));
    expect(await inMemory()).toBe(size);
    await run(drop(file));
    expect(await inMemory()).toBe(0);
  });

  it('runs programs that are there', () => {
    const commands = preload('/usr/bin/ocf-virt');
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) expect(existsSync(command.split(' ')[0] ?? ''), command).toBe(true);
  });
});
