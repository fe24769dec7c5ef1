import { describe, expect, it } from 'vitest';
import { states } from '../../../../agents/xen/states.ts';
import type { VmStateKind } from '../../../../lib/hypervisor/vm-state.ts';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

/** Puts the domain into a state that lasts, whatever time passes. */
const lasting: Record<Exclude<VmStateKind, 'saved'>, (bench: XenBench) => void> = {
  running: (bench) => bench.add({}),
  paused: (bench) => bench.add({ state: '--p---' }),
  rebooting: (bench) =>
    bench.processes.push({
      pid: 9,
      parent: 1,
      args: ['xl', 'create', bench.configFile],
      output: '/var/log/xen/xl-vm01.log',
    }),
  suspending: (bench) => bench.add({ state: '---ss-' }),
  shutdown: (bench) => bench.add({ state: '---s--' }),
  crashed: (bench) => bench.add({ state: '---sc-' }),
  'half-built': (bench) => bench.add({ state: '--p---', vcpus: 0 }),
  dying: (bench) => {
    bench.add({ state: '--ps-d' });
    bench.answers.set('xl destroy', { code: 0 });
  },
  incoming: (bench) => bench.add({ name: 'vm01--incoming', state: '--p---' }),
  'migrated-away': (bench) => bench.add({ name: 'vm01--migratedaway', state: '---ss-' }),
  absent: () => {},
  unknown: (bench) => bench.faults.set('xl', { code: 1, stderr: 'cannot init xl context\n' }),
};

/** Where an action changes the state, the table gives its answer after that; where it cannot, its answer at the end. */
const endless = new Set(['rebooting', 'dying']);

describe.each(Object.entries(lasting))('a domain that is %s', (kind, arrange) => {
  const row = states[kind as keyof typeof lasting];

  it(`is answered by a monitor with ${row.monitor}`, async () => {
    const bench = xenBench();
    arrange(bench);
    expect((await bench.run('monitor')).exit).toBe(row.monitor);
  });

  it.each(['start', 'stop', 'migrate_from'] as const)(
    'is answered by %s as the table of states says',
    async (action) => {
      const bench = xenBench();
      arrange(bench);
      const { exit, reasons } = await bench.run(action, { OCF_RESKEY_CRM_meta_migrate_source: 'node2' });
      const expected = endless.has(kind) ? 1 : action === 'migrate_from' && kind === 'incoming' ? 1 : row[action];
      expect(exit).toBe(expected);
      expect(reasons).toBe(exit === 0 ? 0 : 1);
    },
  );

  it('is answered by migrate_to as the table of states says, and only a running one is migrated', async () => {
    const bench = xenBench();
    arrange(bench);
    bench.answers.set('ssh', {
      code: 0,
      stdout:
        'Name                                        ID   Mem VCPUs\tState\tTime(s)\nDomain-0                                     0   900     1     r-----      31.3\n',
    });
    bench.answers.set('xl migrate', { code: 0 });
    bench.hooks.set('xl migrate', () => bench.domains.delete('vm01'));
    const { exit } = await bench.run('migrate_to', { OCF_RESKEY_CRM_meta_migrate_target: 'node2' });
    expect(exit).toBe(row.migrate_to);
    expect(bench.calls.some((call) => call.startsWith('xl migrate'))).toBe(kind === 'running');
  });
});
