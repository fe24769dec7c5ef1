import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../../lib/system/shell-words.ts';
import { keeper, xenBench } from '../../../support/xen-agent.ts';

const freeTarget =
  'Name                                        ID   Mem VCPUs\tState\tTime(s)\nDomain-0                                     0   900     1     r-----      31.3\n';
const targetRuns = `${freeTarget}vm01                                         7   128     1     -b----       1.0\n`;
const to = { OCF_RESKEY_CRM_meta_migrate_target: 'node2' };
const probe = { OCF_RESKEY_CRM_meta_interval: '0' };

// The 18 weak points of ocf:heartbeat:Xen, in its order, each reproduced there or read in its source.
describe('where ocf:heartbeat:Xen is weak', () => {
  it('1: an error of the hypervisor is not "stopped": neither probe nor monitor 7, nor stop 0', async () => {
    const bench = xenBench();
    bench.add({});
    bench.faults.set('xl', { code: 1, stderr: 'xencall: error: …\ncannot init xl context\n' });
    expect((await bench.run('monitor', probe)).exit).toBe(1);
    expect((await bench.run('monitor')).exit).toBe(1);
    expect((await bench.run('stop')).exit).toBe(1);
  });

  it('2: a copy that arrives as NAME--incoming is neither stopped for a probe nor left behind by a stop', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--incoming', state: '--p---' });
    expect((await bench.run('monitor', probe)).exit).toBe(1);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.calls).toContain('xl destroy vm01--incoming');
  });

  it('2: a migration that arrives is ended by its transport, not by killing the receiver', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--incoming', state: '--p---' });
    bench.processes.push({ pid: 50, parent: 1, args: ['sshd: root@notty'], output: 'socket:[1]' });
    bench.processes.push({ pid: 51, parent: 50, args: ['xl', 'migrate-receive'], output: 'pipe:[2]' });
    await bench.run('stop');
    expect(bench.killed[0]).toEqual([50, 'SIGTERM']);
    expect(bench.killed.some(([pid]) => pid === 51)).toBe(false);
  });

  it('3: a suspended copy NAME--migratedaway is not "stopped", and stop does not leave it behind', async () => {
    const bench = xenBench();
    bench.add({ name: 'vm01--migratedaway', state: '---ss-' });
    expect((await bench.run('monitor', probe)).exit).toBe(1);
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.calls).toContain('xl destroy vm01--migratedaway');
  });

  it.each([
    ['crashed and preserved', '---sc-'],
    ['powered off and preserved', '---s--'],
    ['suspended with nobody migrating it', '---ss-'],
    ['stopped by its watchdog', '---sw-'],
  ])('4: a domain that is %s is a failure, not a running VM', async (_, state) => {
    const bench = xenBench();
    bench.add({ state });
    expect((await bench.run('monitor')).exit).toBe(1);
  });

  it('4: a paused domain is degraded, or a failure if the operator says so', async () => {
    const bench = xenBench();
    bench.add({ state: '--p---' });
    expect((await bench.run('monitor')).exit).toBe(190);
    expect((await bench.run('monitor', { OCF_RESKEY_paused_is_failure: 'true' })).exit).toBe(1);
  });

  it('4: a crashed domain is only degraded where crash_is_failure is false', async () => {
    const bench = xenBench();
    bench.add({ state: '---sc-' });
    expect((await bench.run('monitor', { OCF_RESKEY_crash_is_failure: 'false' })).exit).toBe(190);
  });

  it('4: a domain that lost its name while it dies is known by its id, and is not "stopped" before it is gone', async () => {
    const bench = xenBench();
    const domain = bench.add({});
    await bench.run('monitor');
    bench.domains.delete('vm01');
    bench.domains.set('(null)', { ...domain, name: '(null)', state: '--p--d' });
    expect((await bench.run('monitor')).exit).toBe(1);
    bench.domains.clear();
    expect((await bench.run('monitor')).exit).toBe(7);
  });

  it.each([
    ['a comment behind it', 'name = "guest" # comment\n'],
    ['single quotes', "name='guest'\n"],
    ['another setting on the line', 'memory = 128; name = "guest"; vcpus = 1\n'],
    ['a list over several lines before it', 'disk = [\n  "a", # name = "no"\n  "b",\n]\nname = "guest"\n'],
    ['two values, of which the last counts', 'name = "old"\nname = "guest"\n'],
  ])('5: the name of the domain is read by the syntax of xl: %s', async (_, config) => {
    const bench = xenBench(config);
    bench.add({ name: 'guest' });
    expect((await bench.run('monitor')).exit).toBe(0);
    expect(bench.calls).toEqual(['xl list guest']);
  });

  it('6: validate-all finds what is missing: at level 0 in the parameters, from level 10 on the node', async () => {
    const bench = xenBench();
    expect((await bench.run('validate-all', { OCF_RESKEY_xmfile: '' })).exit).toBe(6);
    expect((await bench.run('validate-all', { OCF_RESKEY_xmfile: '/nowhere.cfg' })).exit).toBe(0);
    const level10 = { OCF_CHECK_LEVEL: '10' };
    expect((await bench.run('validate-all', { ...level10, OCF_RESKEY_xmfile: '/nowhere.cfg' })).exit).toBe(5);
    bench.faults.set('xl', { outcome: 'missing', code: -1 });
    expect((await bench.run('validate-all', level10)).exit).toBe(5);
  });

  it('7: a toolstack that hangs is ended, and the action answers before its timeout', async () => {
    const bench = xenBench();
    bench.add({});
    bench.faults.set('xl', 'hang');
    for (const action of ['monitor', 'stop', 'start']) {
      const { exit, ms } = await bench.run(action, { OCF_RESKEY_CRM_meta_timeout: '20000' });
      expect(exit).toBe(1);
      expect(ms).toBeLessThanOrEqual(19_000);
    }
  });

  it('7: a single hanging answer does not use up the time for a second question', async () => {
    const bench = xenBench();
    bench.add({});
    bench.faults.set('xl', 'hang');
    let asked = 0;
    bench.hooks.set('xl list', () => {
      asked += 1;
      if (asked === 2) bench.faults.clear();
    });
    expect((await bench.run('monitor')).exit).toBe(0);
  });

  it('8: a guest that cannot be asked to shut down is not waited for', async () => {
    const bench = xenBench();
    bench.add({ onShutdown: 'refused' });
    const { exit, ms } = await bench.run('stop');
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(3000);
    expect(bench.calls).toContain('xl shutdown -F vm01');
    expect(bench.calls).toContain('xl destroy vm01');
  });

  it('9: an exit 1 of xl migrate is a success when the other end runs the domain, and the copy here is dropped', async () => {
    const bench = xenBench();
    const domain = bench.add({});
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 1, stderr: '** Migration failed during final handshake **\n' });
    bench.hooks.set('xl migrate', () => {
      bench.domains.delete('vm01');
      bench.domains.set('vm01--migratedaway', { ...domain, name: 'vm01--migratedaway', state: '---ss-' });
      bench.answers.set('ssh', { stdout: targetRuns });
    });
    expect((await bench.run('migrate_to', to)).exit).toBe(0);
    expect(bench.calls).toContain('xl destroy vm01--migratedaway');
  });

  it('9: a failed migration says that the VM goes on running, and why', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 1 });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('goes on running here');
    expect(bench.domains.has('vm01')).toBe(true);
  });

  it('9: when the other end does not tell, nothing is dropped and both ends are named', async () => {
    const bench = xenBench();
    const domain = bench.add({});
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 1 });
    bench.hooks.set('xl migrate', () => {
      bench.domains.delete('vm01');
      bench.domains.set('vm01--migratedaway', { ...domain, name: 'vm01--migratedaway', state: '---ss-' });
      bench.answers.set('ssh', { code: 255, stderr: 'ssh: connect to host node2 port 22: No route to host\n' });
    });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('suspended copy');
    expect(reason).toContain('No route to host');
    expect(bench.calls.some((call) => call.startsWith('xl destroy'))).toBe(false);
  });

  it('10: the transport is ssh without dialogue and with deadlines, with the options of the operator', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 0 });
    bench.hooks.set('xl migrate', () => bench.domains.delete('vm01'));
    await bench.run('migrate_to', { ...to, OCF_RESKEY_migration_ssh_options: `-p 2222 -i '/root/my key'` });
    const args = bench.calls.find((line) => line.startsWith('xl migrate'));
    const options =
      '-o ControlPath=none -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3 -o Ciphers=aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr,chacha20-poly1305@openssh.com';
    const [, command = ''] = /^xl migrate -s (.*) vm01 node2$/.exec(args ?? '') ?? [];
    const [sh, c, script] = splitWords(command);
    expect([sh, c]).toEqual(['sh', '-c']);
    expect(script).toContain(`exec ssh -p 2222 -i '/root/my key' ${options} "$to" `);
  });

  it('10: a migration that cannot work fails before any memory is copied', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { code: 255, stderr: 'Host key verification failed.\n' });
    let begun = false;
    bench.hooks.set('xl migrate', () => {
      begun = true;
    });
    const { exit, reason } = await bench.run('migrate_to', to);
    expect(exit).toBe(1);
    expect(reason).toContain('Host key verification failed');
    expect(begun).toBe(false);
  });

  it.each(['; reboot', '$(reboot)', '`reboot`', '-oProxyCommand=reboot', '10.0.0.1 x', "'", '10.0.0.1\nreboot'])(
    '11: the node attribute %j is refused as an address and nothing is executed',
    async (value) => {
      const bench = xenBench();
      bench.add({});
      bench.answers.set('crm_attribute', { stdout: `${value}\n` });
      const { exit, reason, reasons } = await bench.run('migrate_to', {
        ...to,
        OCF_RESKEY_node_ip_attribute: 'ip_livemigration',
      });
      expect(exit).toBe(2);
      expect(reasons).toBe(1);
      expect(reason).toContain('node_ip_attribute');
      expect(reason).toContain('crm_attribute --type nodes --node node2');
      expect(bench.calls.filter((call) => !/^(xl list|crm_attribute)/.test(call))).toEqual([]);
    },
  );

  it('11: a missing node attribute fails the migration instead of using another network', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('crm_attribute', { code: 105 });
    const { exit, reason } = await bench.run('migrate_to', { ...to, OCF_RESKEY_node_ip_attribute: 'ip_livemigration' });
    expect(exit).toBe(1);
    expect(reason).toContain('has no attribute ip_livemigration');
  });

  it('11: a transient node attribute is found as well', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('crm_attribute --node node2 --name ip_livemigration --lifetime forever', { code: 105 });
    bench.answers.set('crm_attribute --node node2 --name ip_livemigration --lifetime reboot', {
      stdout: '192.168.1.50\n',
    });
    bench.answers.set('ssh', { stdout: freeTarget });
    bench.answers.set('xl migrate', { code: 0 });
    bench.hooks.set('xl migrate', () => bench.domains.delete('vm01'));
    expect((await bench.run('migrate_to', { ...to, OCF_RESKEY_node_ip_attribute: 'ip_livemigration' })).exit).toBe(0);
    expect(bench.calls.some((call) => call.startsWith('xl migrate') && call.endsWith('vm01 192.168.1.50'))).toBe(true);
  });

  it('12: migrate_from waits until the domain runs, not only until its name exists', async () => {
    const bench = xenBench();
    const domain = bench.add({ state: '--p---' });
    let looks = 0;
    bench.hooks.set('xl list', () => {
      looks += 1;
      if (looks === 5) domain.state = '-b----';
    });
    expect((await bench.run('migrate_from')).exit).toBe(0);
    expect(looks).toBeGreaterThanOrEqual(5);
  });

  it('12: migrate_from fails for a domain that stays paused', async () => {
    const bench = xenBench();
    bench.add({ state: '--p---' });
    expect((await bench.run('migrate_from')).exit).toBe(1);
  });

  it('13: memory management leaves the configuration file as it is', async () => {
    const config = 'name = "vm01"\nmemory=2048\nmaxmem=1500\n';
    const bench = xenBench(config);
    bench.add({ name: 'other', id: 5, memoryMiB: 3000 });
    expect((await bench.run('start', { OCF_RESKEY_allow_mem_management: '1' })).exit).toBe(0);
    expect(readFileSync(bench.configFile, 'utf8')).toBe(config);
    expect(bench.calls).toContain('xl mem-set 5 1792m');
    expect(bench.calls).toContain(`xl create ${bench.configFile} memory=1500`);
  });

  it('14: a guest that dies while it boots is a failed start at once, not at the timeout', async () => {
    const bench = xenBench();
    bench.hooks.set('xl create', () => bench.add({ state: '---sc-' }));
    bench.answers.set('xl create', { code: 0 });
    const { exit, reason, ms } = await bench.run('start');
    expect(exit).toBe(1);
    expect(reason).toContain('crashed');
    expect(ms).toBeLessThan(5000);
  });

  it('14: a guest that ignores the shutdown is destroyed when its share of the time is over', async () => {
    const bench = xenBench();
    bench.add({ onShutdown: 'stays' });
    const { exit, ms } = await bench.run('stop', { OCF_RESKEY_CRM_meta_timeout: '90000' });
    expect(exit).toBe(0);
    expect(ms).toBeGreaterThan(59_000);
    expect(ms).toBeLessThan(65_000);
  });

  it('15: utilization is written once and not again for every move of the balloon', async () => {
    const bench = xenBench('name = "vm01"\nmemory = 512\nmaxmem = 1024\n');
    const domain = bench.add({ memoryMiB: 512, vcpus: 2 });
    bench.answers.set('crm_resource', { code: 0 });
    const env = { OCF_RESKEY_autoset_utilization_cpu: 'true', OCF_RESKEY_autoset_utilization_hv_memory: 'true' };
    await bench.run('monitor', env);
    domain.memoryMiB = 300;
    await bench.run('monitor', env);
    const written = bench.calls.filter((call) => call.startsWith('crm_resource'));
    expect(written).toEqual([
      'crm_resource --resource vm01 --utilization --set-parameter cpu --parameter-value 2',
      'crm_resource --resource vm01 --utilization --set-parameter hv_memory --parameter-value 1024',
    ]);
  });

  it('16: every failure has exactly one reason for crm_mon, with the words of the tool', async () => {
    const bench = xenBench();
    bench.answers.set('xl create', {
      code: 3,
      stderr:
        "Parsing config from x\nxc: error: panic: xg_dom_boot.c:119: can't allocate low memory for domain: Out of memory\nlibxl: error: Destruction of domain failed\n",
    });
    const { exit, reason, reasons } = await bench.run('start');
    expect([exit, reasons]).toEqual([1, 1]);
    expect(reason).toContain('Out of memory');
    expect(reason).toContain('Free memory on this node');
  });

  it('16: a path with blanks works', async () => {
    const bench = xenBench();
    const folder = join(bench.folder, 'my vms');
    mkdirSync(folder);
    const file = join(folder, 'vm 01.cfg');
    writeFileSync(file, 'name = "vm01"\n');
    expect((await bench.run('start', { OCF_RESKEY_xmfile: file })).exit).toBe(0);
    expect(bench.calls).toContain(`xl create ${file}`);
  });

  it('17: an xl create that still waits for the lock when its start was killed does not start the VM after the stop', async () => {
    const bench = xenBench();
    bench.processes.push({ pid: 77, parent: 1, args: ['xl', 'create', bench.configFile], output: 'pipe:[123]' });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.killed).toContainEqual([77, 'SIGKILL']);
  });

  it('18: a guest that reboots is not a failure, and costs no retries where nothing reboots', async () => {
    const bench = xenBench();
    const process = keeper(bench.configFile);
    bench.processes.push(process);
    let looks = 0;
    bench.hooks.set('xl list vm01', () => {
      looks += 1;
      if (looks === 4) bench.add({});
    });
    expect((await bench.run('monitor')).exit).toBe(0);
    bench.domains.clear();
    bench.processes.length = 0;
    const { exit, ms } = await bench.run('monitor');
    expect(exit).toBe(7);
    expect(ms).toBeLessThan(100);
  });

  it('18: a reboot between two monitors is told by the domain id', async () => {
    const bench = xenBench();
    bench.add({});
    await bench.run('monitor');
    bench.domains.clear();
    bench.add({});
    const { exit, stderr } = await bench.run('monitor');
    expect(exit).toBe(0);
    expect(stderr).toContain('was rebooted or restarted outside the cluster');
  });
});
