import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { keeper, xenBench } from '../../../support/xen-agent.ts';

const to = { OCF_RESKEY_CRM_meta_migrate_target: 'node2' };
const freeTarget =
  'Name                                        ID   Mem VCPUs\tState\tTime(s)\nDomain-0                                     0   900     1     r-----      31.3\n';

describe('the exit reason', () => {
  it.each(['monitor', 'stop', 'start', 'migrate_from'])(
    'of a %s has the words of xl, not those of a last question that had no time for an answer',
    async (action) => {
      const bench = xenBench();
      bench.faults.set('xl', { code: 1, stderr: 'libxl: error: out of fairies\n' });
      const { query } = bench.runner;
      Object.assign(bench.runner, {
        query: (...[program, args, deadline]: Parameters<typeof query>): RunResult =>
          deadline.passed ? { outcome: 'timed-out', code: -1, stdout: '', stderr: '' } : query(program, args, deadline),
      });
      expect((await bench.run(action)).reason).toContain('out of fairies');
    },
  );

  it('of a stop says why the domain could not be destroyed', async () => {
    const bench = xenBench();
    bench.add({ onShutdown: 'stays' });
    bench.answers.set('xl destroy', { code: 1, stderr: 'libxl: error: Unable to destroy guest\n' });
    const { exit, reason } = await bench.run('stop');
    expect(exit).toBe(1);
    expect(reason).toContain('it runs');
    expect(reason).toContain('Unable to destroy guest');
  });

  it('tells a missing ssh from a missing xl', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { outcome: 'missing', code: -1 });
    expect((await bench.run('migrate_to', to)).reason).toContain('ssh to node2 failed: program not found');
  });

  it('does not begin a command with a capital letter', async () => {
    const bench = xenBench();
    bench.add({ state: '--p---' });
    expect((await bench.run('monitor')).reason).toContain(' xl unpause vm01');
    expect((await bench.run('migrate_to', to)).reason).toContain(' xl unpause vm01');
  });

  it('does not call a toolstack that fails while memory is shared an internal error', async () => {
    const bench = xenBench();
    bench.hooks.set('xl info', () => bench.answers.set('xl list', { code: 1, stderr: 'cannot init xl context\n' }));
    const { exit, reason } = await bench.run('start', { OCF_RESKEY_allow_mem_management: '1' });
    expect(exit).toBe(1);
    expect(reason).toContain('cannot init xl context');
    expect(reason).not.toContain('internal error');
  });
});

describe('start', () => {
  it('goes on although another VM that starts at the same time has no name for a moment', async () => {
    for (let at = 1; at < 12; at += 1) {
      const bench = xenBench();
      let looks = 0;
      bench.hooks.set('xl list', () => {
        looks += 1;
        if (looks === at)
          bench.domains.set('(null)', { name: '(null)', id: 8, memoryMiB: 0, vcpus: 0, state: '--p---' });
        if (looks === at + 2) bench.domains.delete('(null)');
      });
      expect([at, (await bench.run('start')).exit]).toEqual([at, 0]);
      expect(bench.calls.filter((call) => call.startsWith('xl create'))).toHaveLength(1);
    }
  });
});

describe('stop', () => {
  it('asks a guest that reboots as soon as it is back', async () => {
    const bench = xenBench();
    bench.processes.push(keeper(bench.configFile));
    let looks = 0;
    bench.hooks.set('xl list vm01', () => {
      looks += 1;
      if (looks === 4) bench.add({});
    });
    bench.hooks.set('xl shutdown', () => {
      bench.processes.length = 0;
    });
    const { exit, ms } = await bench.run('stop');
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(5000);
    expect(bench.calls.filter((call) => /shutdown|destroy/.test(call))).toEqual(['xl shutdown -F vm01']);
  });

  it('keeps a quarter of its time to destroy, whatever it waited for before', async () => {
    const bench = xenBench();
    const domain = bench.add({ state: '---ss-', onShutdown: 'stays' });
    bench.processes.push({ pid: 9, parent: 1, args: ['xl', 'save', 'vm01', '/images/vm01'], output: 'log' });
    let looks = 0;
    bench.hooks.set('xl list', () => {
      looks += 1;
      if (looks !== 80) return;
      domain.state = '-b----';
      bench.processes.length = 0;
    });
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' });
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(75_000);
    expect(bench.calls).toContain('xl destroy vm01');
  });
});

describe('a stop without a usable xmfile', () => {
  it.each(['', 'vm01.cfg', '/nowhere/vm01.cfg'])(
    'succeeds (xmfile=%j) where xl says that the domain is not there: the probes had failed on every node',
    async (xmfile) => {
      const bench = xenBench();
      const { exit } = await bench.run('stop', { OCF_RESKEY_xmfile: xmfile });
      expect(exit).toBe(0);
      bench.faults.set('xl', { code: 1, stderr: 'cannot init xl context\n' });
      expect((await bench.run('stop', { OCF_RESKEY_xmfile: xmfile })).exit).toBe(1);
    },
  );

  it('ends the domain that was seen here by its name in the former file', async () => {
    const bench = xenBench('name = "guest"\n');
    bench.add({ name: 'guest' });
    await bench.run('monitor');
    expect((await bench.run('stop', { OCF_RESKEY_xmfile: 'vm01.cfg' })).exit).toBe(0);
    expect(bench.domains.size).toBe(0);
  });
});

describe('migrate_to', () => {
  it('ends a migration that a killed agent left behind before it begins another one', async () => {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(
      { pid: 300, parent: 1, args: ['xl', 'migrate', '-s', 'ssh', 'vm01', 'node3'], output: 'log' },
      { pid: 301, parent: 300, args: ['/usr/bin/ssh', 'node3', 'xl', 'migrate-receive'], output: 'pipe' },
    );
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 0 });
    let killedBefore = false;
    bench.hooks.set('xl migrate', () => {
      killedBefore = bench.killed.some(([pid]) => pid === 301);
      bench.domains.clear();
      bench.processes.length = 0;
    });
    expect((await bench.run('migrate_to', to)).exit).toBe(0);
    expect(killedBefore).toBe(true);
  });

  it('waits while another VM that arrives at the target has no name yet', async () => {
    const bench = xenBench();
    bench.add({});
    const nameless = '(null)                                       8     0     0     --p---       0.0\n';
    bench.answers.set('ssh', { stdout: freeTarget + nameless });
    let looks = 0;
    bench.hooks.set('ssh', () => {
      looks += 1;
      if (looks === 4) bench.answers.set('ssh', { stdout: freeTarget });
    });
    bench.answers.set('xl migrate', { code: 0 });
    bench.hooks.set('xl migrate', () => bench.domains.clear());
    expect((await bench.run('migrate_to', to)).exit).toBe(0);
    expect(looks).toBe(4);
  });

  it('migrates with a plain ssh to a target whose forced command lets only known commands through', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate -s sh ', { code: 1, stderr: 'this key may only be used for xl\n' });
    bench.answers.set('xl migrate -s ssh', { code: 0 });
    bench.hooks.set('xl migrate -s ssh', () => bench.domains.clear());
    expect((await bench.run('migrate_to', to)).exit).toBe(0);
    expect(
      bench.calls.filter((call) => /^(xl migrate|ssh)/.test(call)).map((call) => call.slice(0, 17).trim()),
    ).toEqual(['xl migrate -s sh', 'ssh -o ControlPat', 'xl migrate -s ssh']);
  });

  it('ends the transport to a target that does not answer, and says so', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('xl migrate -s sh ', 'hang');
    bench.hooks.set('xl migrate', () => {
      bench.processes.push(
        { pid: 300, parent: 1, args: ['xl', 'migrate', '-s', 'ssh', 'vm01', 'node2'], output: 'log' },
        { pid: 301, parent: 300, args: ['/usr/bin/ssh', 'node2', 'xl', 'migrate-receive'], output: 'pipe' },
      );
    });
    const { exit, reason, ms } = await bench.run('migrate_to', { ...to, OCF_RESKEY_CRM_meta_timeout: '600000' });
    expect(exit).toBe(1);
    expect(reason).toContain('goes on running here, not migrated to node2 (node2): it did not say in time');
    expect(bench.killed).toContainEqual([301, 'SIGTERM']);
    expect(ms).toBeLessThan(60_000);
  });

  it.each([
    ['crashed', '---sc-'],
    ['paused', '--p---'],
  ])(
    'ends nothing here when the target refused and the guest is %s meanwhile, whatever the target has',
    async (_, state) => {
      const bench = xenBench();
      const domain = bench.add({});
      const leftover = 'vm01                                         9   128     1     ---sc-       0.4\n';
      bench.answers.set('ssh', { stdout: freeTarget + leftover });
      bench.answers.set('xl migrate -s sh ', {
        code: 1,
        stderr: 'libxl: error: file/stream truncated reading banner\n',
      });
      bench.hooks.set('xl migrate', () => {
        domain.state = state;
      });
      const { exit, reason } = await bench.run('migrate_to', to);
      expect(exit).toBe(1);
      expect(reason).toContain('vm01 was not migrated to node2');
      expect(bench.calls.some((call) => /^xl (destroy|unpause)/.test(call))).toBe(false);
      expect(bench.domains.has('vm01')).toBe(true);
    },
  );

  it('names what the login shell of the target said in place of the banner', async () => {
    const bench = xenBench();
    bench.add({});
    const stderr =
      'ocf-virt: no copy of the domain is here\nmigration receiver stream contained unexpected data instead of banner\n(command run was: exec sh )\n';
    bench.answers.set('xl migrate -s sh ', { code: 1, stderr });
    const { reason } = await bench.run('migrate_to', to);
    expect(reason).toContain('not migrated to node2 (node2): migration receiver stream contained unexpected data');
  });

  it('asks a target once where ssh has given up its link', async () => {
    const bench = xenBench();
    bench.add({});
    const stderr = 'ssh: connect to host node2 port 22: Connection timed out\n';
    bench.answers.set('xl migrate -s sh ', { code: 1, stderr });
    bench.hooks.set('xl migrate', () => bench.advance(10_000));
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('not migrated to node2 (node2): ssh: connect to host node2 port 22: Connection timed out');
    expect(bench.calls.filter((call) => /^(xl migrate|ssh)/.test(call))).toHaveLength(1);
  });

  it('asks the target again that does not tell for a moment, and resumes the guest that runs nowhere', async () => {
    const bench = xenBench();
    const domain = bench.add({});
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 1, stderr: 'libxl: error: something broke\n' });
    bench.hooks.set('xl migrate', () => {
      domain.state = '---ss-';
      bench.answers.set('ssh', { code: 1, stderr: 'cannot init xl context\n' });
      let looks = 0;
      bench.hooks.set('ssh', () => {
        looks += 1;
        if (looks === 3) bench.answers.set('ssh', { stdout: freeTarget });
      });
    });
    bench.answers.set('ocf-virt resume-domain', { code: 0 });
    bench.hooks.set('ocf-virt resume-domain', () => {
      domain.state = '-b----';
    });
    expect((await bench.run('migrate_to', to)).reason).toContain('was resumed');
  });

  it('is a plain success while the xl process of the domain takes a moment to end', async () => {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(keeper(bench.configFile));
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 0 });
    let looks = 0;
    bench.hooks.set('xl migrate', () => {
      bench.domains.clear();
      bench.answers.set('ssh', { code: 255, stderr: 'Connection reset\n' });
      bench.hooks.set('xl list', () => {
        looks += 1;
        if (looks === 5) bench.processes.length = 0;
      });
    });
    const { exit, stderr } = await bench.run('migrate_to', to);
    expect(exit).toBe(0);
    expect(stderr).not.toContain('WARNING');
    expect(bench.calls.some((call) => call.startsWith('xl destroy'))).toBe(false);
  });
});

describe('migrate_from', () => {
  it('counts the VM that arrived when the memory is shared', async () => {
    const bench = xenBench();
    const { id } = bench.add({});
    const other = bench.add({ name: 'other', memoryMiB: 3000 });
    expect((await bench.run('migrate_from', { OCF_RESKEY_allow_mem_management: '1' })).exit).toBe(0);
    expect(bench.calls.filter((call) => call.startsWith('xl mem-set'))).toEqual([
      `xl mem-set ${id} 1792m`,
      `xl mem-set ${other.id} 1792m`,
    ]);
  });
});
