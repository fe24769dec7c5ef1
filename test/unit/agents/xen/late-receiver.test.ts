import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

const operation = (node: string, name: string, transition: number, more = '') =>
  `<lrm_resource id="vm01"><lrm_rsc_op operation="${name}" on_node="${node}" transition-key="5:${transition}:0:dc" rc-code="1" op-status="0" last-rc-change="${transition}" ${more}/></lrm_resource>`;
const migration = operation('node1', 'migrate_to', 26, 'migrate_target="node2"');
const here = { OCF_RESKEY_CRM_meta_on_node: 'node2' };
const question = 'cibadmin --query --xpath';

const session = { pid: 40, parent: 2, args: ['sshd: root@notty'], output: '' };
const receiver = { pid: 50, parent: 40, args: ['xl', 'migrate-receive'], output: 'pipe:[1]' };

/** The target of a migration of vm01 that did not end; nothing of the domain is to be seen. */
function target(...operations: readonly string[]): XenBench {
  const bench = xenBench();
  bench.processes.push(session, receiver);
  bench.answers.set(question, { stdout: `<xpath-query>${[migration, ...operations].join('')}</xpath-query>` });
  return bench;
}

const remove = (bench: XenBench, pid: number) =>
  bench.processes.splice(bench.processes.findIndex((one) => one.pid === pid) >>> 0, 1);

/** What happens when `xl list` has been asked so often. */
function atLook(bench: XenBench, looks: number, event: () => void): void {
  let seen = 0;
  const before = bench.hooks.get('xl list');
  bench.hooks.set('xl list', () => {
    before?.();
    seen += 1;
    if (seen === looks) event();
  });
}

describe('a stop on the target of an interrupted migration, with a receiver that has no domain yet', () => {
  it('waits for it, and destroys the copy that it makes', async () => {
    const bench = target();
    atLook(bench, 12, () => bench.add({ name: 'vm01--incoming', state: '--p---' }));
    bench.hooks.set('xl destroy vm01--incoming', () => remove(bench, receiver.pid));
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(bench.domains.size).toBe(0);
    expect(bench.calls).toContain('xl destroy vm01--incoming');
  });

  it('waits until it has ended, and ends nothing by itself', async () => {
    const bench = target();
    atLook(bench, 12, () => remove(bench, receiver.pid));
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(bench.calls.filter((call) => call.startsWith('xl list')).length).toBeGreaterThan(12);
    expect(bench.killed).toEqual([]);
  });

  it('ends the transport of one that never makes a domain, and is not failed for it', async () => {
    const bench = target();
    const { exit, ms, stderr } = await bench.run('stop', here);
    expect(exit).toBe(0);
    expect(bench.killed).toEqual([[session.pid, 'SIGTERM']]);
    expect(stderr).toContain('its transport (process 40) is ended');
    // Of the 60 s that the stop has.
    expect(ms).toBeLessThan(30_000);
  });

  it.each([
    ['hangs', 'hang'],
    ['fails', { code: 1, stderr: 'Connection to cluster failed' }],
    ['is not understood', { stdout: 'garbage' }],
  ] as const)('waits also when the cluster, asked for its history, %s', async (_, answer) => {
    const bench = target();
    bench.answers.set(question, answer);
    atLook(bench, 8, () => bench.add({ name: 'vm01--incoming', state: '--p---' }));
    bench.hooks.set('xl destroy vm01--incoming', () => remove(bench, receiver.pid));
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(bench.domains.size).toBe(0);
  });
});

describe('a stop does not wait for a receiver', () => {
  it.each([
    ['when no migration to this node is open', 'node2', [operation('node2', 'stop', 27)]],
    ['when the open migration goes to another node', 'node3', []],
  ])('%s', async (_, node, operations) => {
    const bench = target(...operations);
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_CRM_meta_on_node: node });
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(1000);
    expect(bench.killed).toEqual([]);
  });

  it('that is known to receive another domain', async () => {
    const bench = target();
    const helper = ['/usr/lib/xen/bin/libxl-save-helper', '--restore-domain', '10', '11', '99'];
    bench.processes.push({ pid: 51, parent: receiver.pid, args: helper, output: '' });
    const { exit, ms } = await bench.run('stop', here);
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(1000);
    expect(bench.killed).toEqual([]);
  });

  it('where it finds its VM, and asks the cluster nothing', async () => {
    const bench = target();
    bench.add({});
    bench.processes.length = 0;
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(bench.domains.size).toBe(0);
    expect(bench.calls.filter((call) => /^(cibadmin|ssh)/.test(call))).toEqual([]);
  });
});

describe('a stop on the target of a migration that may not have connected yet', () => {
  const ssh = 'ssh -o ControlPath=none -o BatchMode=yes';
  const sender = '    1 xl migrate -s ssh -o Ciphers=aes128-gcm@openssh.com vm01 node2\n';

  /** The processes of node1, when it is asked for the nth time. */
  function unconnected(processes: (asked: number) => string, operations: readonly string[] = []): XenBench {
    const bench = target(...operations);
    bench.processes.length = 0;
    let asked = 0;
    bench.hooks.set(ssh, () => {
      asked += 1;
      bench.answers.set(ssh, { stdout: processes(asked) });
    });
    return bench;
  }

  const questions = (bench: XenBench) => bench.calls.filter((call) => call.startsWith(ssh));

  it('waits for its receiver, and destroys the copy that it makes', async () => {
    const bench = unconnected(() => sender);
    atLook(bench, 12, () => bench.processes.push(session, receiver));
    atLook(bench, 20, () => bench.add({ name: 'vm01--incoming', state: '--p---' }));
    bench.hooks.set('xl destroy vm01--incoming', () => remove(bench, receiver.pid));
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(bench.calls).toContain('xl destroy vm01--incoming');
    expect(bench.domains.size).toBe(0);
  });

  it('waits until xl migrate has ended, and ends nothing by itself', async () => {
    const bench = unconnected((asked) => (asked < 6 ? sender : ''));
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(questions(bench).length).toBe(6);
    expect(questions(bench)[0]).toContain(' node1 ');
    expect(bench.killed).toEqual([]);
  });

  it('looks for a receiver after it was told that there is no xl migrate any more', async () => {
    const bench = unconnected(() => {
      bench.processes.push(session, receiver);
      return '';
    });
    atLook(bench, 9, () => remove(bench, receiver.pid));
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(bench.processes).toEqual([session]);
  });

  it('is not failed when that does not end', async () => {
    const { exit, ms } = await unconnected(() => sender).run('stop', here);
    expect(exit).toBe(0);
    // Of the 60 s that the stop has.
    expect(ms).toBeLessThan(30_000);
  });

  it.each([
    ['xl migrate moves another VM', '    1 xl migrate -s ssh vm02 node2\n'],
    ['a VM only arrives there', '  812 xl migrate-receive\n'],
    ['nothing of a migration is at work', ''],
  ])('does not wait where %s', async (_, processes) => {
    const bench = unconnected(() => processes);
    const { exit, ms } = await bench.run('stop', here);
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(1000);
    expect(questions(bench).length).toBe(1);
  });

  it('does not wait for a node that does not tell', async () => {
    const bench = unconnected(() => '');
    bench.hooks.delete(ssh);
    bench.answers.set(ssh, { code: 255, stderr: 'ssh: connect to host node1 port 22: No route to host\r\n' });
    const { exit, ms } = await bench.run('stop', here);
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(1000);
  });

  it('asks nobody when the migration has ended for this node', async () => {
    const bench = unconnected(() => sender, [operation('node2', 'stop', 27)]);
    expect((await bench.run('stop', here)).exit).toBe(0);
    expect(questions(bench)).toEqual([]);
  });
});

describe('a stop on the source that ends a migration', () => {
  const sender = { pid: 60, parent: 1, args: ['xl', 'migrate', '-s', 'ssh', 'vm01', 'node2'], output: '' };
  const ssh = 'ssh -o ControlPath=none -o BatchMode=yes';
  const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
  const copy = 'vm01--incoming                               5   128     1     --p---       0.0\n';

  /** What node2 answers, its processes and its domains, when it is asked for the nth time for the first. */
  async function source(answers: (asked: number) => readonly [processes: string, domains: string]): Promise<XenBench> {
    const bench = xenBench();
    bench.add({});
    mkdirSync(join(bench.folder, 'run'), { mode: 0o700 });
    const facts = { name: 'vm01', xmfile: bench.configFile, migration: { node: 'node2', address: 'node2' } };
    writeFileSync(join(bench.folder, 'run/Xen-vm01.json'), JSON.stringify(facts));
    bench.processes.push(sender);
    let asked = 0;
    bench.hooks.set(ssh, () => {
      if (bench.calls.at(-1)?.includes(' ps ')) asked += 1;
      const [processes, domains] = answers(asked);
      const stdout = bench.calls.at(-1)?.includes(' ps ') ? processes : header + domains;
      bench.answers.set(ssh, { stdout });
    });
    return bench;
  }

  const asksOf = (bench: XenBench, word: string) =>
    bench.calls.filter((call) => call.startsWith('ssh') && call.includes(word)).length;

  it('waits until the other end has no receiver any more, and no copy', async () => {
    let looks = 0;
    const bench = await source((asked) => {
      if (asked >= 4) looks += 1;
      return [asked < 4 ? '    812 xl migrate-receive\n' : '', looks < 4 ? copy : ''];
    });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(asksOf(bench, ' ps ')).toBe(4);
    expect(asksOf(bench, 'xl list')).toBeGreaterThan(1);
  });

  it('does not wait for a node that does not tell', async () => {
    const bench = await source(() => ['', '']);
    bench.hooks.delete(ssh);
    bench.answers.set(ssh, { code: 255, stderr: 'ssh: connect to host node2 port 22: No route to host\r\n' });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(asksOf(bench, '')).toBe(1);
  });

  it('is not failed when the other end never becomes clear', async () => {
    const bench = await source(() => ['    812 xl migrate-receive\n', copy]);
    expect((await bench.run('stop')).exit).toBe(0);
  });

  it('asks nobody when there was no migration', async () => {
    const bench = await source(() => ['', '']);
    bench.processes.length = 0;
    expect((await bench.run('stop')).exit).toBe(0);
    expect(asksOf(bench, '')).toBe(0);
  });
});

describe('a probe beside a receiver that has no domain yet', () => {
  const probe = { ...here, OCF_RESKEY_CRM_meta_interval: '0' };

  it('tells of the copy that it makes', async () => {
    const bench = target();
    atLook(bench, 12, () => bench.add({ name: 'vm01--incoming', state: '--p---' }));
    const { exit, reason } = await bench.run('monitor', probe);
    expect(exit).toBe(1);
    expect(reason).toContain('vm01 arrives, or was left behind, by a migration');
  });

  it('answers "not running" once it has gone, and asks nobody else', async () => {
    const bench = target();
    atLook(bench, 12, () => remove(bench, receiver.pid));
    expect((await bench.run('monitor', probe)).exit).toBe(7);
    expect(bench.calls.filter((call) => !call.startsWith('xl list'))).toEqual([]);
  });

  it('answers at once where the receiver is known to receive another domain', async () => {
    const bench = target();
    const helper = ['/usr/lib/xen/bin/libxl-save-helper', '--restore-domain', '10', '11', '99'];
    bench.processes.push({ pid: 51, parent: receiver.pid, args: helper, output: '' });
    const { exit, ms } = await bench.run('monitor', probe);
    expect(exit).toBe(7);
    expect(ms).toBeLessThan(1000);
  });
});

/** An `xl migrate` on the source whose agent is no more, and a probe there. */
const sender = { pid: 60, parent: 1, args: ['xl', 'migrate', '-s', 'ssh', 'vm01', 'node2'], output: '' };
const probe = { OCF_RESKEY_CRM_meta_interval: '0' };

describe('a guest whose xl migrate goes on without its agent', () => {
  function leaving(): XenBench {
    const bench = xenBench();
    bench.add({});
    bench.processes.push(sender);
    return bench;
  }

  it('is called not running by a probe when it has gone', async () => {
    const bench = leaving();
    atLook(bench, 10, () => {
      bench.domains.clear();
      remove(bench, sender.pid);
    });
    expect((await bench.run('monitor', probe)).exit).toBe(7);
  });

  it('is called running by a probe when that has ended and left it here', async () => {
    const bench = leaving();
    atLook(bench, 10, () => remove(bench, sender.pid));
    expect((await bench.run('monitor', probe)).exit).toBe(0);
    expect(bench.calls.filter((call) => call.startsWith('xl list')).length).toBeGreaterThanOrEqual(10);
  });

  it('is called running by a probe while that does not end, before the probe is killed', async () => {
    const { exit, ms } = await leaving().run('monitor', probe);
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(60_000);
  });

  it('is not waited for by a recurring monitor', async () => {
    const bench = leaving();
    expect((await bench.run('monitor')).exit).toBe(0);
    expect(bench.calls.filter((call) => call.startsWith('xl list')).length).toBe(1);
  });
});

describe('a guest that a migration of nobody holds suspended', () => {
  function suspended(): XenBench {
    const bench = xenBench();
    bench.add({ state: '---ss-' });
    bench.processes.push(sender);
    return bench;
  }

  it('is called running by a probe only when it runs again', async () => {
    const bench = suspended();
    atLook(bench, 10, () => {
      bench.domains.clear();
      bench.add({});
      remove(bench, sender.pid);
    });
    expect((await bench.run('monitor', probe)).exit).toBe(0);
    expect(bench.calls.filter((call) => call.startsWith('xl list')).length).toBeGreaterThanOrEqual(10);
  });

  it('is called not running by a probe when it has gone', async () => {
    const bench = suspended();
    atLook(bench, 10, () => {
      bench.domains.clear();
      remove(bench, sender.pid);
    });
    expect((await bench.run('monitor', probe)).exit).toBe(7);
  });

  it('is a failure to a probe when that does not end', async () => {
    const { exit, reason, ms } = await suspended().run('monitor', probe);
    expect(exit).toBe(1);
    expect(reason).toContain('vm01 is suspended, and the migration or save that did it does not end');
    expect(ms).toBeLessThan(60_000);
  });

  it('is fine to a recurring monitor, which the save of a large guest must not disturb', async () => {
    const { exit, ms } = await suspended().run('monitor');
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(1000);
  });
});
