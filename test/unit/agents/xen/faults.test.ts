import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../support/fake-xen.ts';
import { keeper, type XenBench, xenBench } from '../../../support/xen-agent.ts';

const faults: Record<string, Fault> = {
  'xl missing': { outcome: 'missing', code: -1 },
  'xl not executable': { outcome: 'denied', code: -1 },
  'xl hangs': 'hang',
  'no hypervisor interface': {
    code: 1,
    stderr:
      'xencall: error: Could not obtain handle on privileged command interface: No such file or directory\nlibxl: error: libxl.c:102:libxl_ctx_alloc: cannot open libxc handle: No such file or directory\ncannot init xl context\n',
  },
  'exit 1 without a word': { code: 1 },
  'exit 0 without a word': { code: 0 },
  'a list without domain 0': {
    code: 0,
    stdout: 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n',
  },
  'no names, as without xenstore': {
    code: 0,
    stdout:
      'Name                                        ID   Mem VCPUs\tState\tTime(s)\n(null)                                       0   900     1     r-----     183.4\n(null)                                      20    96     1     -b----       5.7\n',
  },
  'a list cut off': {
    code: 0,
    stdout: 'Name                                        ID   Mem VCPUs\tState\tTime(s)\nDomain-0        ',
  },
  'a list cut off at a line end of the header': {
    code: 0,
    stdout: 'Name                                        ID   Mem VCPUs\tState\tTime(s)',
  },
  garbage: { code: 0, stdout: '\u0000\u0001\u00ff\u00fe garbage\n' },
  'garbage and exit 1': { code: 1, stderr: '\u00ff\u00fe\n' },
  'the answer of another tool': { code: 0, stdout: ' Id   Name   State\n----\n' },
  'killed by a signal': { outcome: 'killed', code: -1 },
  'an endless answer': { outcome: 'flooded', code: -1, stdout: 'y\n'.repeat(1000) },
  'segmentation fault': { code: 139, stderr: 'Segmentation fault\n' },
  'permission denied': { code: 1, stderr: 'libxl: error: Permission denied\n' },
};

const worlds: Record<string, (bench: XenBench) => void> = {
  'the domain runs': (bench) => {
    bench.add({});
    bench.processes.push(keeper(bench.configFile));
  },
  'the domain is not there': () => {},
};

describe.each(Object.entries(worlds))('while %s', (_, arrange) => {
  describe.each(Object.entries(faults))('and the toolstack gives: %s', (_, fault) => {
    it.each([
      ['probe', 'monitor', { OCF_RESKEY_CRM_meta_interval: '0' }],
      ['monitor', 'monitor', {}],
      ['stop', 'stop', {}],
      ['start', 'start', {}],
      ['migrate_from', 'migrate_from', {}],
      ['migrate_to', 'migrate_to', { OCF_RESKEY_CRM_meta_migrate_target: 'node2' }],
    ])('%s neither says that the domain is stopped nor that all is well', async (_, action, env) => {
      const bench = xenBench();
      arrange(bench);
      bench.faults.set('xl', fault);
      const { exit, reasons, ms } = await bench.run(action, { OCF_RESKEY_CRM_meta_timeout: '30000', ...env });
      expect([1, 5, 190]).toContain(exit);
      expect(reasons).toBe(1);
      expect(ms).toBeLessThanOrEqual(30_000);
    });
  });

  it('nothing is created or destroyed while the toolstack does not tell', async () => {
    for (const action of ['monitor', 'stop', 'start', 'migrate_from']) {
      const bench = xenBench();
      arrange(bench);
      bench.answers.set('xl list', { code: 1, stderr: 'cannot init xl context\n' });
      await bench.run(action);
      expect(bench.calls.filter((call) => /create|destroy|shutdown|migrate/.test(call))).toEqual([]);
    }
  });
});

describe('a toolstack that does not answer', () => {
  const outage = (bench: XenBench) => bench.faults.set('xl', { code: 1, stderr: 'cannot init xl context\n' });

  it('is tolerated as degraded while the domain shows another sign of life, and then is a failure', async () => {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(keeper(bench.configFile));
    expect((await bench.run('monitor')).exit).toBe(0);
    outage(bench);
    const env = { OCF_RESKEY_unknown_tolerance: '2' };
    const seen = [await bench.run('monitor', env), await bench.run('monitor', env), await bench.run('monitor', env)];
    expect(seen.map(({ exit }) => exit)).toEqual([190, 190, 1]);
    expect(seen[1]?.reason).toContain('unanswered monitor 2, 2 tolerated');
  });

  it('that answers again begins a new count', async () => {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(keeper(bench.configFile));
    const env = { OCF_RESKEY_unknown_tolerance: '1' };
    outage(bench);
    expect((await bench.run('monitor', env)).exit).toBe(190);
    bench.faults.clear();
    expect((await bench.run('monitor', env)).exit).toBe(0);
    outage(bench);
    expect((await bench.run('monitor', env)).exit).toBe(190);
  });

  it('is a failure at once when nothing shows that the domain lives', async () => {
    const bench = xenBench();
    outage(bench);
    const { exit, reason } = await bench.run('monitor');
    expect(exit).toBe(1);
    expect(reason).toContain('no sign of life');
  });

  it('is corroborated by xenstore when no process tells', async () => {
    const bench = xenBench();
    const { id } = bench.add({});
    expect((await bench.run('monitor')).exit).toBe(0);
    outage(bench);
    bench.answers.set(`xenstore-read /local/domain/${id}/name`, { code: 0, stdout: 'vm01\n' });
    const { exit, reason } = await bench.run('monitor');
    expect(exit).toBe(190);
    expect(reason).toContain(`xenstore has it as domain ${id}`);
  });

  it('that lost xenstore has the words of an absent domain for a running one, and is not believed', async () => {
    for (const action of ['monitor', 'stop']) {
      const bench = xenBench();
      bench.add({});
      bench.answers.set('xl list vm01', { code: 1, stderr: 'vm01 is an invalid domain identifier (rc=-6)\n' });
      bench.answers.set('xl list', {
        code: 0,
        stdout:
          'Name                                        ID   Mem VCPUs\tState\tTime(s)\n(null)                                       0   900     1     r-----     183.4\n(null)                                      20    96     1     -b----       5.7\n',
      });
      const { exit, reason } = await bench.run(action);
      expect(exit).toBe(1);
      expect(reason).toContain('xenstore does not answer');
    }
  });

  it('that shows a living domain without a name does not prove that this one is gone', async () => {
    const bench = xenBench();
    bench.add({ name: '(null)', id: 9 });
    expect((await bench.run('monitor')).exit).toBe(1);
    bench.domains.clear();
    bench.add({ name: '(null)', id: 9, state: '--p--d' });
    expect((await bench.run('monitor')).exit).toBe(7);
  });

  it('is asked again until shortly before the deadline, and a late answer counts', async () => {
    const bench = xenBench();
    bench.add({});
    outage(bench);
    let asked = 0;
    bench.hooks.set('xl list', () => {
      asked += 1;
      if (asked > 20) bench.faults.clear();
    });
    const { exit, ms } = await bench.run('monitor');
    expect(exit).toBe(0);
    expect(ms).toBeGreaterThan(1000);
  });

  it('is asked no longer than toolstack_timeout', async () => {
    const bench = xenBench();
    outage(bench);
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_toolstack_timeout: '5' });
    expect(exit).toBe(1);
    expect(ms).toBeGreaterThan(4000);
    expect(ms).toBeLessThan(8000);
  });

  it.each(['monitor', 'stop', 'start'])(
    'that hangs is not asked longer than toolstack_timeout by a %s',
    async (action) => {
      const bench = xenBench();
      bench.faults.set('xl', 'hang');
      const { exit, ms } = await bench.run(action, {
        OCF_RESKEY_toolstack_timeout: '5',
        OCF_RESKEY_CRM_meta_timeout: '90000',
      });
      expect(exit).toBe(1);
      expect(ms).toBeLessThan(9000);
    },
  );

  it('is quoted in its own words, also when the last question had no time left', async () => {
    const bench = xenBench();
    bench.faults.set('xl', { code: 1, stderr: 'cannot init xl context\n' });
    expect((await bench.run('monitor')).reason).toContain('cannot init xl context');
  });

  it('that is no longer installed does not make a probe say so beside a domain that lives', async () => {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(keeper(bench.configFile));
    bench.faults.set('xl', { outcome: 'missing', code: -1 });
    const { exit, reason } = await bench.run('monitor', { OCF_RESKEY_CRM_meta_interval: '0' });
    expect(exit).toBe(1);
    expect(reason).toContain('its xl process 100 lives');
  });

  it('that is not installed makes a probe answer "not installed" without waiting', async () => {
    const bench = xenBench();
    bench.faults.set('xl', { outcome: 'missing', code: -1 });
    const { exit, ms } = await bench.run('monitor', { OCF_RESKEY_CRM_meta_interval: '0' });
    expect(exit).toBe(5);
    expect(ms).toBeLessThan(1000);
  });
});
