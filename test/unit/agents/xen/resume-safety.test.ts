import { describe, expect, it } from 'vitest';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

const list = (...rows: string[]) =>
  [
    'Name                                        ID   Mem VCPUs\tState\tTime(s)',
    'Domain-0                                     0   900     1     r-----      31.3',
    ...rows,
    '',
  ].join('\n');
const to = { OCF_RESKEY_CRM_meta_migrate_target: 'node2' };
const xlList =
  'ssh -o ControlPath=none -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 node2 xl list';

/** A migration that leaves the domain suspended under a name, with the other end in a state, and its exit. */
function interrupted(name: string, there: string): XenBench {
  const bench = xenBench();
  const domain = bench.add({});
  bench.answers.set(xlList.replace('xl list', 'ps'), { stdout: '      1 /sbin/init\n' });
  bench.answers.set(xlList, { stdout: list() });
  bench.answers.set('xl migrate', { code: 1, stderr: 'libxl: error: something broke\n' });
  bench.hooks.set('xl migrate', () => {
    bench.domains.delete('vm01');
    bench.domains.set(name, Object.assign(domain, { name, state: '---ss-' }));
    bench.answers.set(xlList, { stdout: there });
  });
  bench.answers.set('ocf-virt resume-domain', { code: 0 });
  bench.hooks.set('ocf-virt resume-domain', () => {
    domain.state = '-b----';
  });
  return bench;
}

describe('a copy that was called NAME--migratedaway', () => {
  /** The agent cannot judge, because the other end does not tell; by the next action the guest is gone there. */
  async function leftBehind(): Promise<XenBench> {
    const bench = interrupted('vm01--migratedaway', list());
    bench.hooks.set(`${xlList}`, () => {
      if (bench.domains.has('vm01--migratedaway'))
        bench.answers.set(xlList, { code: 255, stderr: 'No route to host\n' });
    });
    expect((await bench.run('migrate_to', to)).exit).toBe(1);
    bench.hooks.delete(xlList);
    bench.answers.set(xlList, { stdout: list() });
    bench.calls.length = 0;
    return bench;
  }

  it('is not resumed by a stop, because the guest may have run and written at the other end meanwhile', async () => {
    const bench = await leftBehind();
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.calls.some((call) => call.includes('resume-domain'))).toBe(false);
    expect(bench.calls).toContain('xl destroy vm01--migratedaway');
  });

  it('is not resumed by a start either', async () => {
    const bench = await leftBehind();
    expect((await bench.run('start')).exit).toBe(1);
    expect(bench.calls.some((call) => /resume-domain|xl create/.test(call))).toBe(false);
  });
});

describe('a guest that is being taken apart at the other end', () => {
  it('is not said to run there, and the copy here is neither dropped nor resumed', async () => {
    const dying = 'vm01                                         7   128     1     --ps-d       0.4';
    const bench = interrupted('vm01--migratedaway', list(dying));
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('is being taken apart');
    expect(bench.calls.some((call) => /resume-domain|xl destroy/.test(call))).toBe(false);
  });

  it('is waited for while it is still paused: xl lets it run in a moment, or destroys it', async () => {
    const row = (state: string) => `vm01                                         7   128     1     ${state}       0.4`;
    const bench = interrupted('vm01--migratedaway', list(row('--p---')));
    let looks = 0;
    bench.hooks.set(xlList, () => {
      if (bench.domains.has('vm01')) return;
      looks += 1;
      if (looks === 4) bench.answers.set(xlList, { stdout: list(row('-b----')) });
    });
    expect((await bench.run('migrate_to', to)).exit).toBe(0);
    expect(looks).toBeGreaterThanOrEqual(4);
  });
});
