import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

it('the same sources make the same packages, whatever the folder, the time zone, the language and the umask', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-again-'));
  try {
    // The work tree as it is, with the installed packages mounted into it: a link would show in what esbuild writes.
    const others = ['node_modules', 'dist', '.cache', '.git'].map((name) => `--exclude=./${name}`).join(' ');
    await execa('sh', ['-c', `tar ${others} -cf - . | tar -xf - -C ${folder}`]);
    const again = `mkdir ${folder}/node_modules ${folder}/.cache
      mount --bind ${resolve('node_modules')} ${folder}/node_modules
      mount --bind ${resolve('.cache')} ${folder}/.cache
      cd ${folder} && umask 077 && exec npx tsx packaging/main.ts`;
    await execa('unshare', ['--mount', '--propagation', 'private', 'sh', '-euc', again], {
      env: { TZ: 'Pacific/Apia', LC_ALL: 'C', USER: 'somebody' },
    });
    const sums = (root: string) => readFileSync(join(root, 'dist/packages/SHA256SUMS'), 'utf8').trim().split('\n');
    expect(sums(folder)).toEqual(sums('.'));
    expect(sums('.')).toHaveLength(7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
