import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromNow, machineClock } from '../../../../lib/system/clock.ts';
import { localRunner } from '../../../../lib/system/local-runner.ts';
import { readFileInTime } from '../../../../lib/system/read-file.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-read-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (name: string, ms = 5000) => readFileInTime(localRunner, name, fromNow(ms, machineClock));

it('a file comes as it is, whatever its bytes are and however it is called', async () => {
  const file = join(folder, '-n $(x) ;');
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  writeFileSync(file, bytes);
  expect(await read(file)).toEqual(bytes);
});

it('a file that cannot be read says why', async () => {
  await expect(read(join(folder, 'missing'))).rejects.toThrow('No such file');
});

it('a file whose storage hangs is given up at the deadline', async () => {
  const file = join(folder, 'hangs');
  execFileSync('mkfifo', [file]);
  await expect(read(file, 300)).rejects.toThrow('no answer in time');
});
