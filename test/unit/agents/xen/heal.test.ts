import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

const list = (...rows: string[]) =>
  [
    'Name                                        ID   Mem VCPUs\tState\tTime(s)',
    'Domain-0                                     0   900     1     r-----      31.3',
    ...rows,
    '',
  ].join('\n');
const incoming = 'vm01--incoming                               7   128     1     --p---       0.0';
const arrived = 'vm01                                         7   128     1     -b----       0.4';
const xlList =
  'ssh -o ControlPath=none -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 node2 xl list';
const psThere = xlList.replace('xl list', 'ps');
const destroyThere = xlList.replace('xl list', 'xl destroy vm01--incoming');
const to = { OCF_RESKEY_CRM_meta_migrate_target: 'node2' };

/** A migration that ends with exit 1 and leaves the domain suspended here, under one of its two names. */
function interruptedMigration(name: 'vm01' | 'vm01--migratedaway', there: string): XenBench {
  const bench = xenBench();
  const domain = bench.add({});
  bench.answers.set(destroyThere, { code: 0 });
  bench.answers.set(psThere, { stdout: '      1 /sbin/init\n' });
  bench.answers.set(xlList, { stdout: list() });
  bench.answers.set('xl migrate', { code: 1, stderr: 'libxl: error: something broke\n' });
  bench.hooks.set('xl migrate', () => {
    bench.domains.delete('vm01');
    domain.name = name;
    domain.state = '---ss-';
    bench.domains.set(name, domain);
    bench.answers.set(xlList, { stdout: there });
  });
  bench.answers.set('ocf-virt resume-domain', { code: 0 });
  bench.hooks.set('ocf-virt resume-domain', () => {
    domain.state = '-b----';
  });
  return bench;
}

describe('a migration that leaves the guest suspended here', () => {
  it.each(['vm01', 'vm01--migratedaway'] as const)(
    'as %s, and nothing there, is healed: the guest goes on',
    async (name) => {
      const bench = interruptedMigration(name, list());
      const { exit, reason } = await bench.run('migrate_to', to);
      expect(exit).toBe(1);
      expect(reason).toContain('goes on running here');
      expect(reason).toContain('something broke');
      expect(bench.domains.get('vm01')?.state).toBe('-b----');
    },
  );

  it('and a copy there that nobody sends any more, is healed, and only then that copy is dropped', async () => {
    const bench = interruptedMigration('vm01--migratedaway', list(incoming));
    expect((await bench.run('migrate_to', to)).exit).toBe(1);
    const resumed = bench.calls.findIndex((call) => call.startsWith('ocf-virt resume-domain'));
    const dropped = bench.calls.indexOf(destroyThere);
    expect(resumed).toBeGreaterThan(0);
    expect(dropped).toBeGreaterThan(resumed);
  });

  it('and a copy there whose receiver lives, is not resumed: the copy may have got the word to start', async () => {
    const bench = interruptedMigration('vm01--migratedaway', list(incoming));
    bench.answers.set(psThere, { stdout: '    812 xl migrate-receive\n' });
    const { exit } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(bench.calls.some((call) => /resume-domain|destroy/.test(call))).toBe(false);
  });

  it('and a copy there that comes to run after all, is a success, and the copy here is dropped', async () => {
    const bench = interruptedMigration('vm01--migratedaway', list(incoming));
    bench.answers.set(psThere, { stdout: '    812 xl migrate-receive\n' });
    bench.hooks.set(psThere, () => bench.answers.set(xlList, { stdout: list(arrived) }));
    expect((await bench.run('migrate_to', to)).exit).toBe(0);
    expect(bench.calls).toContain('xl destroy vm01--migratedaway');
    expect(bench.calls.some((call) => call.includes('resume-domain'))).toBe(false);
  });

  it('and another node that does not tell, is left as it is, and both ends are named', async () => {
    const bench = interruptedMigration('vm01--migratedaway', list());
    bench.hooks.set('xl migrate', () => {
      const domain = bench.domains.get('vm01');
      if (domain === undefined) return;
      bench.domains.delete('vm01');
      bench.domains.set('vm01--migratedaway', { ...domain, name: 'vm01--migratedaway', state: '---ss-' });
      bench.answers.set(xlList, { code: 255, stderr: 'ssh: connect to host node2 port 22: No route to host\r\n' });
    });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('node2 does not tell');
    expect(bench.calls.some((call) => /resume-domain|destroy/.test(call))).toBe(false);
  });

  it('is healed on a host that is slow to show that the guest goes on, and the copy there is dropped', async () => {
    const bench = interruptedMigration('vm01--migratedaway', list(incoming));
    const goesOn = bench.hooks.get('ocf-virt resume-domain');
    bench.hooks.delete('ocf-virt resume-domain');
    let looks = 0;
    bench.hooks.set('xl list', () => {
      if (bench.calls.some((call) => call.startsWith('ocf-virt resume-domain'))) looks += 1;
      if (looks === 20) goesOn?.();
    });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('goes on running here');
    expect(bench.calls).toContain(destroyThere);
  });

  it('says what it is when it was resumed and does not run all the same', async () => {
    const bench = interruptedMigration('vm01', list());
    bench.hooks.delete('ocf-virt resume-domain');
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('it was resumed, but it is suspended');
  });

  it('says so when the guest cannot be resumed', async () => {
    const bench = interruptedMigration('vm01', list());
    bench.hooks.delete('ocf-virt resume-domain');
    bench.answers.set('ocf-virt resume-domain', { code: 1, stderr: 'ocf-virt: libxenlight.so.4.17 cannot be used\n' });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('libxenlight.so.4.17 cannot be used');
  });
});

/** The agent was killed in the middle of a migration that left the domain suspended here. */
async function killedMigration(there: string): Promise<XenBench> {
  const bench = interruptedMigration('vm01--migratedaway', list());
  bench.answers.set('ocf-virt resume-domain', { code: 1 });
  const resume = bench.hooks.get('ocf-virt resume-domain');
  bench.hooks.delete('ocf-virt resume-domain');
  bench.answers.set(xlList, { stdout: list() });
  await bench.run('migrate_to', to);
  const domain = bench.domains.get('vm01');
  if (domain === undefined || resume === undefined) throw new Error('the migration did not leave what the test needs');
  bench.answers.set('ocf-virt resume-domain', { code: 0 });
  bench.hooks.set('ocf-virt resume-domain', resume);
  bench.hooks.delete('xl migrate');
  bench.answers.set(xlList, { stdout: there });
  bench.calls.length = 0;
  return bench;
}

describe('after an agent that was killed in a migration', () => {
  it('a stop resumes the guest that runs nowhere, and shuts it down gracefully', async () => {
    const bench = await killedMigration(list());
    expect((await bench.run('stop')).exit).toBe(0);
    const steps = bench.calls.filter((call) => /resume-domain|xl shutdown|xl destroy/.test(call));
    expect(steps).toEqual([expect.stringContaining('resume-domain'), 'xl shutdown -F vm01']);
  });

  it('a stop destroys the copy here when the other node runs the guest', async () => {
    const bench = await killedMigration(list(arrived));
    expect((await bench.run('stop')).exit).toBe(0);
    const steps = bench.calls.filter((call) => /resume-domain|xl shutdown|xl destroy/.test(call));
    expect(steps).toEqual(['xl destroy vm01']);
  });

  it('a start resumes the guest that runs nowhere instead of booting it anew', async () => {
    const bench = await killedMigration(list());
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.calls.some((call) => call.startsWith('xl create'))).toBe(false);
  });

  it.each(['-oProxyCommand=reboot', '$(reboot)', 'node2 reboot', 7, null, {}])(
    'neither a stop nor a start hands %j to ssh, should it stand for the address in what is remembered',
    async (address) => {
      const bench = await killedMigration(list());
      const file = join(bench.folder, 'run/Xen-vm01.json');
      const facts = JSON.parse(readFileSync(file, 'utf8'));
      writeFileSync(file, JSON.stringify({ ...facts, migration: { node: 'node2', address } }));
      expect((await bench.run('start')).exit).toBe(1);
      expect((await bench.run('stop')).exit).toBe(0);
      expect(bench.calls.filter((call) => call.startsWith('ssh'))).toEqual([]);
    },
  );

  it('a start is refused when the other node runs the guest', async () => {
    const bench = await killedMigration(list(arrived));
    expect((await bench.run('start')).exit).toBe(1);
    expect(bench.calls.some((call) => /resume-domain|xl create/.test(call))).toBe(false);
  });
});
