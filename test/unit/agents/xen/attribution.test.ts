import { describe, expect, it } from 'vitest';
import { keeper, type XenBench, xenBench } from '../../../support/xen-agent.ts';

const probe = { OCF_RESKEY_CRM_meta_interval: '0' };

/** A migration that is being received: sshd, xl, and the helper that restores the domain of an id. */
function receiver(bench: XenBench, pid: number, domid: number | undefined, parent = pid - 1): void {
  if (parent > 1) bench.processes.push({ pid: parent, parent: 1, args: ['sshd: root@notty'], output: 'socket:[1]' });
  bench.processes.push({ pid, parent, args: ['/usr/lib/xen-4.17/bin/xl', 'migrate-receive'], output: 'pipe:[2]' });
  if (domid === undefined) return;
  const args = `/usr/lib/xen-4.17/bin/libxl-save-helper --restore-domain 11 20 ${domid} 1 0 2 0 768 0`.split(' ');
  bench.processes.push({ pid: pid + 1, parent: pid, args, output: 'pipe:[3]' });
}

describe('two migrations that arrive at once', () => {
  it('are told apart: a stop ends the transport of its own domain only', async () => {
    const bench = xenBench();
    const { id } = bench.add({ name: 'vm01--incoming', state: '--p---' });
    const other = bench.add({ name: 'vm02--incoming', state: '--p---' });
    receiver(bench, 51, id);
    receiver(bench, 61, other.id);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.killed.map(([pid]) => pid)).toEqual([50]);
    expect(bench.domains.has('vm02--incoming')).toBe(true);
  });

  it('do not make a copy that was left behind look as if it arrived', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--incoming', state: '--p---' });
    const other = bench.add({ name: 'vm02--incoming', state: '--p---' });
    receiver(bench, 61, other.id);
    const { exit, ms } = await bench.run('monitor', probe);
    expect(exit).toBe(1);
    expect(ms).toBeLessThan(100);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.killed).toEqual([]);
  });
});

describe('the transport of a migration that arrives', () => {
  it('that has ended already is not looked for in process 1, which restarts some systems on a SIGTERM', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--incoming', state: '--p---' });
    receiver(bench, 51, undefined, 1);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.killed).toEqual([]);
    expect(bench.calls).toContain('xl destroy vm01--incoming');
  });

  it('is ended up to the sshd session when that runs xl through a shell', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--incoming', state: '--p---' });
    bench.processes.push(
      { pid: 40, parent: 1, args: ['sshd: root@notty'], output: 'socket:[1]' },
      { pid: 41, parent: 40, args: ['-bash', '-c', 'xl migrate-receive'], output: 'pipe:[2]' },
      { pid: 42, parent: 41, args: ['xl', 'migrate-receive'], output: 'pipe:[2]' },
    );
    await bench.run('stop');
    expect(bench.killed).toEqual([
      [41, 'SIGTERM'],
      [40, 'SIGTERM'],
    ]);
  });

  it('is ended once: a receiver that does not give up then loses its copy', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--incoming', state: '--p---' });
    receiver(bench, 51, undefined);
    const { exit, ms } = await bench.run('stop');
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(15_000);
  });
});

describe('the transport of a migration that leaves', () => {
  const xl = { pid: 300, parent: 1, args: ['xl', 'migrate', '-s', 'ssh', 'vm01', 'node2'], output: 'log' };
  const ssh = { pid: 301, parent: 300, args: ['/usr/bin/ssh', 'node2', 'xl', 'migrate-receive'], output: 'pipe' };

  it('is ended although xl starts it only after the first look', async () => {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(xl);
    let looks = 0;
    const filter = bench.processes.filter.bind(bench.processes);
    Object.assign(bench.processes, {
      filter: (...args: Parameters<typeof filter>) => {
        looks += 1;
        if (looks === 30) bench.processes.push(ssh);
        return filter(...args);
      },
    });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.killed).toContainEqual([301, 'SIGTERM']);
  });

  it('is found when xl was told the id of the domain', async () => {
    const bench = xenBench();
    const { id } = bench.add({ state: '---ss-' });
    bench.processes.push({ ...xl, args: ['xl', 'migrate', String(id), 'node2'] });
    expect((await bench.run('monitor')).exit).toBe(0);
  });
});

describe('the xl process that keeps a domain', () => {
  it.each(['xl-vm01.log (deleted)', 'xl-vm01.log.1', 'xl-vm01.log-20261121'])(
    'is known by the log %s, so that a reboot is no absence',
    async (log) => {
      const bench = xenBench();
      bench.processes.push({ ...keeper('/elsewhere.cfg'), output: `/var/log/xen/${log}` });
      expect((await bench.run('monitor', probe)).exit).toBe(1);
    },
  );

  it('of another domain from the same configuration file does not make this one reboot for ever', async () => {
    const bench = xenBench();
    bench.add({ name: 'test' });
    bench.processes.push(keeper(bench.configFile, 'test'));
    expect((await bench.run('monitor', probe)).exit).toBe(7);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.domains.has('test')).toBe(true);
  });
});

describe('a domain that loses its name while it dies', () => {
  it('is known by the id of this action, although it rebooted since the last monitor', async () => {
    const bench = xenBench();
    bench.add({});
    await bench.run('monitor');
    bench.domains.clear();
    const rebooted = bench.add({ onShutdown: 'stays' });
    let looks = 0;
    bench.hooks.set('xl destroy', () => {
      bench.domains.set('(null)', { ...rebooted, name: '(null)', state: '--ps-d' });
      bench.hooks.set('xl list', () => {
        looks += 1;
        if (looks === 12) bench.domains.clear();
      });
    });
    expect((await bench.run('stop', { OCF_RESKEY_stop_method: 'destroy' })).exit).toBe(0);
    expect(looks).toBeGreaterThanOrEqual(12);
  });
});

describe('a domain whose name is a number', () => {
  it('is stopped by its id, because xl takes the name for the id of another domain', async () => {
    const bench = xenBench('name = "12"\n');
    bench.add({ name: 'twelfth', id: 12 });
    bench.add({ name: '12', id: 5, onShutdown: 'stays' });
    expect((await bench.run('stop', { OCF_RESOURCE_INSTANCE: 'number' })).exit).toBe(0);
    expect(bench.calls.filter((call) => !call.startsWith('xl list'))).toEqual(['xl shutdown -F 5', 'xl destroy 5']);
  });
});
