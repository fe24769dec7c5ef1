import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keeper, type XenBench, xenBench } from '../../../support/xen-agent.ts';

const attribute = (verb: string) => `crm_resource --resource vm01 --meta --${verb}-parameter saved_image`;

interface SavingBench extends XenBench {
  readonly image: string;
  readonly env: Record<string, string>;
  /** The token in the CIB. */
  token: string | undefined;
}

/** A bench with a folder for images, and a CIB that keeps the token. */
function savingBench(): SavingBench {
  const plain = xenBench();
  const folder = join(plain.folder, 'images');
  mkdirSync(folder, { mode: 0o700 });
  const bench: SavingBench = Object.assign(plain, {
    image: join(folder, 'vm01.image'),
    env: { OCF_RESKEY_stop_method: 'save', OCF_RESKEY_save_directory: folder },
    token: undefined,
  });
  bench.answers.set(attribute('get'), { code: 105 });
  bench.hooks.set(attribute('get'), () =>
    bench.answers.set(
      attribute('get'),
      bench.token === undefined ? { code: 105 } : { code: 0, stdout: `${bench.token}\n` },
    ),
  );
  bench.hooks.set(attribute('set'), () => {
    bench.token = bench.calls.at(-1)?.split(' ').at(-1);
  });
  bench.answers.set(attribute('set'), { code: 0 });
  bench.hooks.set(attribute('delete'), () => {
    bench.token = undefined;
  });
  bench.answers.set(attribute('delete'), { code: 0 });
  bench.hooks.set('xl save', () => writeFileSync(bench.calls.at(-1)?.split(' ').at(-1) ?? '', 'memory'));
  return bench;
}

/** The domain is saved, and its image waits. */
async function savedBench(): Promise<SavingBench> {
  const bench = savingBench();
  bench.add({});
  expect((await bench.run('stop', bench.env)).exit).toBe(0);
  expect(existsSync(bench.image)).toBe(true);
  bench.calls.length = 0;
  return bench;
}

describe('a memory image that xl wrote to its end', () => {
  it('is kept while the xl process of the domain still takes a moment to end', async () => {
    const bench = savingBench();
    bench.add({});
    bench.processes.push(keeper(bench.configFile));
    let looks = 0;
    bench.hooks.set('xl list vm01', () => {
      if (bench.domains.size === 0 && ++looks === 3) bench.processes.length = 0;
    });
    const { exit, stderr } = await bench.run('stop', bench.env);
    expect(exit).toBe(0);
    expect(stderr).not.toContain('shut down instead');
    expect(existsSync(bench.image)).toBe(true);
    expect(bench.token).toBeDefined();
  });

  it('is kept when the toolstack does not answer right after', async () => {
    const bench = savingBench();
    bench.add({});
    let looks = 0;
    bench.hooks.set('xl list', () => {
      if (bench.domains.size > 0) return;
      looks += 1;
      if (looks === 1) bench.answers.set('xl list', { code: 1, stderr: 'cannot init xl context\n' });
      if (looks === 5) bench.answers.delete('xl list');
    });
    expect((await bench.run('stop', bench.env)).exit).toBe(0);
    expect(existsSync(bench.image)).toBe(true);
  });
});

describe('a memory image', () => {
  it.each([
    ['killed', { outcome: 'killed', code: -1 }],
    ['failing', { code: 1, stderr: 'xc: error: Restore failed\n' }],
  ] as const)(
    'whose xl restore was %s half-way is kept, and the half restored copy never runs',
    async (_, restoreAnswer) => {
      const bench = await savedBench();
      bench.hooks.set('xl restore -p', () => bench.add({ state: '--p---' }));
      bench.answers.set('xl restore -p', restoreAnswer);
      const { exit } = await bench.run('start', bench.env);
      expect(exit).toBe(1);
      expect(bench.calls.some((call) => call.startsWith('xl unpause'))).toBe(false);
      expect(bench.domains.size).toBe(0);
      expect(existsSync(bench.image)).toBe(true);
      expect(bench.token).toBeDefined();
    },
  );

  it('is not valid again while a copy of it may be left on this node', async () => {
    const bench = await savedBench();
    bench.hooks.set('xl restore -p', () => bench.add({ state: '--p---' }));
    bench.answers.set('xl restore -p', { code: 1 });
    bench.answers.set('xl destroy', { code: 1, stderr: 'libxl: error: Unable to destroy guest\n' });
    expect((await bench.run('start', bench.env)).exit).toBe(1);
    expect(bench.token).toBeUndefined();
  });

  it('is restored although the toolstack does not answer right after', async () => {
    const bench = await savedBench();
    bench.answers.set('xl restore -p', { code: 0 });
    let looks = 0;
    bench.hooks.set('xl restore -p', () => {
      bench.add({ state: '--p---' });
      bench.answers.set('xl list', { code: 1, stderr: 'cannot init xl context\n' });
      bench.hooks.set('xl list', () => {
        looks += 1;
        if (looks === 4) bench.answers.delete('xl list');
      });
    });
    expect((await bench.run('start', bench.env)).exit).toBe(0);
    expect(existsSync(bench.image)).toBe(false);
    expect(bench.token).toBeUndefined();
  });

  it('without any token is never restored', async () => {
    const bench = savingBench();
    writeFileSync(bench.image, 'memory');
    expect((await bench.run('start', bench.env)).exit).toBe(0);
    expect(bench.calls.some((call) => call.startsWith('xl restore'))).toBe(false);
    expect(bench.calls.some((call) => call.startsWith('xl create'))).toBe(true);
  });

  it('whose token cannot be taken away makes the start fail, because it would stay valid for another node', async () => {
    const bench = await savedBench();
    bench.answers.set(attribute('delete'), { code: 124, stderr: 'Timer expired\n' });
    bench.hooks.delete(attribute('delete'));
    const { exit, reason } = await bench.run('start', bench.env);
    expect(exit).toBe(1);
    expect(reason).toContain('Timer expired');
    expect(bench.calls.some((call) => /xl (restore|create)/.test(call))).toBe(false);
  });
});
