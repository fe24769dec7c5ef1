import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type XenBench, xenBench } from '../../../support/xen-agent.ts';

describe('start', () => {
  it('creates the domain and returns when it was seen running', async () => {
    const bench = xenBench();
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.calls).toEqual(
      ['xl list', 'cibadmin', 'xl create', 'xl list'].map((start) => expect.stringContaining(start)),
    );
  });

  it('does nothing when the domain runs', async () => {
    const bench = xenBench();
    bench.add({});
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.calls.some((call) => call.startsWith('xl create'))).toBe(false);
  });

  it('gives the domain the name of the parameter', async () => {
    const bench = xenBench();
    bench.hooks.set('xl create', () => bench.add({ name: 'mail' }));
    bench.answers.set('xl create', { code: 0 });
    expect((await bench.run('start', { OCF_RESKEY_name: 'mail' })).exit).toBe(0);
    expect(bench.calls).toContain(`xl create ${bench.configFile} name="mail"`);
  });

  it('waits for a domain that is being built, and clears away one whose xl create was killed', async () => {
    const bench = xenBench();
    const domain = bench.add({ state: '--p---', vcpus: 0 });
    bench.processes.push({ pid: 9, parent: 1, args: ['xl', 'create', bench.configFile], output: 'pipe:[5]' });
    let looks = 0;
    bench.hooks.set('xl list vm01', () => {
      looks += 1;
      if (looks === 4) Object.assign(domain, { state: '-b----', vcpus: 1 });
    });
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.calls.some((call) => /unpause|destroy|create/.test(call))).toBe(false);

    const dead = xenBench();
    dead.add({ state: '------', vcpus: 0 });
    expect((await dead.run('monitor')).exit).toBe(1);
    expect((await dead.run('start')).exit).toBe(0);
    expect(dead.calls).toContain('xl destroy vm01');
  });

  it('unpauses a domain as often as it was paused', async () => {
    const bench = xenBench();
    bench.add({ state: '--p---', pauses: 2 });
    expect((await bench.run('start')).exit).toBe(0);
    expect(bench.calls.filter((call) => call === 'xl unpause vm01')).toHaveLength(2);
  });

  it('is complete only when the monitor scripts are', async () => {
    const bench = xenBench();
    let tries = 0;
    bench.answers.set('/usr/local/bin/look', { code: 1, stderr: 'not yet\n' });
    bench.hooks.set('/usr/local/bin/look', () => {
      tries += 1;
      if (tries === 3) bench.answers.set('/usr/local/bin/look', { code: 0 });
    });
    expect((await bench.run('start', { OCF_RESKEY_monitor_scripts: '/usr/local/bin/look' })).exit).toBe(0);
    expect(tries).toBe(3);
  });
});

describe('monitor', () => {
  it('asks xl once when the domain runs', async () => {
    const bench = xenBench();
    bench.add({});
    await bench.run('monitor');
    bench.calls.length = 0;
    expect((await bench.run('monitor')).exit).toBe(0);
    expect(bench.calls).toEqual(['xl list vm01']);
  });

  it('waits for nothing when the domain runs as before, nor when it must say that there is none', async () => {
    const bench = xenBench();
    bench.add({});
    expect(await bench.run('monitor')).toMatchObject({ exit: 0, isAtOnce: false });
    expect(await bench.run('monitor')).toMatchObject({ exit: 0, isAtOnce: true });
    bench.domains.clear();
    const probe = { OCF_RESKEY_name: 'vm01', OCF_RESKEY_CRM_meta_interval: '0' };
    expect(await bench.run('monitor', probe)).toMatchObject({ exit: 7, isAtOnce: true });
  });

  it('looks again at a paused domain, because a guest that reboots is paused for a blink', async () => {
    const bench = xenBench();
    const domain = bench.add({ state: '--p---' });
    let looks = 0;
    bench.hooks.set('xl list', () => {
      looks += 1;
      if (looks === 3) domain.state = '-b----';
    });
    expect((await bench.run('monitor')).exit).toBe(0);
  });

  it('waits longer for a paused domain whose id is new, because a busy host takes its time for a reboot', async () => {
    const bench = xenBench();
    bench.add({});
    await bench.run('monitor');
    bench.domains.clear();
    const rebooted = bench.add({ state: '--p---' });
    let looks = 0;
    bench.hooks.set('xl list', () => {
      looks += 1;
      if (looks === 12) rebooted.state = '-b----';
    });
    const waited = await bench.run('monitor');
    expect(waited.exit).toBe(0);
    expect(waited.ms).toBeGreaterThan(1500);
    rebooted.state = '--p---';
    const { exit, ms } = await bench.run('monitor');
    expect(exit).toBe(190);
    expect(ms).toBeLessThan(3000);
  });

  it('fails with the words of the script that failed, and a probe runs no script', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('/opt/web', { code: 0 });
    bench.answers.set('/opt/db', { code: 2, stdout: 'database is down\n' });
    const env = { OCF_RESKEY_monitor_scripts: ' /opt/web  /opt/db ', OCF_CHECK_LEVEL: '10' };
    const { exit, reason } = await bench.run('monitor', env);
    expect(exit).toBe(1);
    expect(reason).toContain('monitor script /opt/db failed: database is down');
    expect((await bench.run('monitor', { ...env, OCF_RESKEY_CRM_meta_interval: '0' })).exit).toBe(0);
  });

  it('gives each script its share of the time', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('/opt/slow', 'hang');
    bench.answers.set('/opt/never-reached', { code: 0 });
    const { exit, ms } = await bench.run('monitor', {
      OCF_RESKEY_monitor_scripts: '/opt/slow /opt/never-reached',
      OCF_RESKEY_CRM_meta_timeout: '30000',
    });
    expect(exit).toBe(1);
    expect(ms).toBeLessThan(15_000);
  });

  it('finds a domain whose name is a number, which xl takes for a domain id', async () => {
    const bench = xenBench('name = "12"\n');
    bench.add({ name: 'twelfth', id: 12 });
    expect((await bench.run('monitor', { OCF_RESOURCE_INSTANCE: 'number' })).exit).toBe(7);
    bench.add({ name: '12', id: 5 });
    expect((await bench.run('monitor', { OCF_RESOURCE_INSTANCE: 'number' })).exit).toBe(0);
  });
});

describe('stop', () => {
  it('shuts down gracefully and destroys nothing', async () => {
    const bench = xenBench();
    bench.add({});
    expect((await bench.run('stop')).exit).toBe(0);
    expect(bench.calls.some((call) => call.startsWith('xl destroy'))).toBe(false);
  });

  it.each([
    ['stop_method=acpi', { OCF_RESKEY_stop_method: 'acpi' }, 'xl trigger vm01 power'],
    ['shutdown_acpi', { OCF_RESKEY_shutdown_acpi: '1' }, 'xl trigger vm01 power'],
    ['stop_method=destroy', { OCF_RESKEY_stop_method: 'destroy' }, 'xl destroy vm01'],
    ['shutdown_timeout=0', { OCF_RESKEY_shutdown_timeout: '0' }, 'xl destroy vm01'],
  ])('with %s ends the domain by that', async (_, env, command) => {
    const bench = xenBench();
    bench.add({});
    expect((await bench.run('stop', env)).exit).toBe(0);
    expect(bench.calls.find((call) => !call.startsWith('xl list'))).toBe(command);
  });

  it('asks again when the guest was just rebooting and comes back under another id', async () => {
    const bench = xenBench();
    const domain = bench.add({ onShutdown: 'stays' });
    let asked = 0;
    bench.hooks.set('xl shutdown', () => {
      asked += 1;
      if (asked > 1) return;
      Object.assign(domain, { id: 77, onShutdown: 'goes' });
      bench.answers.set('xl shutdown', { code: 0 });
    });
    bench.hooks.set('xl list', () => {
      if (asked === 1) bench.answers.delete('xl shutdown');
    });
    expect((await bench.run('stop')).exit).toBe(0);
    expect(asked).toBe(2);
    expect(bench.calls.some((call) => call.startsWith('xl destroy'))).toBe(false);
  });

  it('destroys a guest that is preserved after its shutdown', async () => {
    const bench = xenBench();
    bench.add({ onShutdown: 'preserved' });
    const { exit, ms } = await bench.run('stop');
    expect(exit).toBe(0);
    expect(ms).toBeLessThan(5000);
    expect(bench.calls).toContain('xl destroy vm01');
  });

  it('fails when the domain cannot be destroyed', async () => {
    const bench = xenBench();
    bench.add({ onShutdown: 'stays' });
    bench.answers.set('xl destroy', { code: 1, stderr: 'libxl: error: Unable to destroy guest\n' });
    const { exit, reason, ms } = await bench.run('stop');
    expect(exit).toBe(1);
    expect(reason).toContain('could not be stopped');
    expect(ms).toBeLessThanOrEqual(60_000);
  });
});

describe('stop_method=save', () => {
  /** A bench with a folder for images, and a CIB that keeps the token. */
  function savingBench(): XenBench & { images: string; env: Record<string, string>; cib: Map<string, string> } {
    const bench = xenBench();
    const images = join(bench.folder, 'images');
    mkdirSync(images, { mode: 0o700 });
    const cib = new Map<string, string>();
    const get = 'crm_resource --resource vm01 --meta --get-parameter saved_image';
    bench.answers.set(get, { code: 105 });
    bench.hooks.set('crm_resource --resource vm01 --meta --set-parameter saved_image', () => {
      cib.set('saved_image', bench.calls.at(-1)?.split(' ').at(-1) ?? '');
    });
    bench.hooks.set('crm_resource --resource vm01 --meta --delete-parameter saved_image', () =>
      cib.delete('saved_image'),
    );
    bench.hooks.set(get, () => {
      const token = cib.get('saved_image');
      bench.answers.set(get, token === undefined ? { code: 105 } : { code: 0, stdout: `${token}\n` });
    });
    bench.answers.set('crm_resource', { code: 0 });
    bench.hooks.set('xl save', () => writeFileSync(bench.calls.at(-1)?.split(' ').at(-1) ?? '', 'memory'));
    bench.hooks.set('xl restore -p', () => bench.add({ state: '--p---' }));
    bench.answers.set('xl restore -p', { code: 0 });
    return Object.assign(bench, {
      images,
      cib,
      env: { OCF_RESKEY_stop_method: 'save', OCF_RESKEY_save_directory: images },
    });
  }

  it('keeps the memory, and the next start restores it once', async () => {
    const bench = savingBench();
    bench.add({});
    expect((await bench.run('stop', bench.env)).exit).toBe(0);
    expect(readdirSync(bench.images).sort()).toEqual(['vm01.image', 'vm01.image.token']);
    expect((await bench.run('start', bench.env)).exit).toBe(0);
    expect(bench.calls).toContain(`xl restore -p ${bench.images}/vm01.image`);
    expect(bench.domains.get('vm01')?.state).toBe('-b----');
    expect(readdirSync(bench.images)).toEqual([]);
    expect(bench.cib.size).toBe(0);
  });

  it('never restores an image after the VM has run elsewhere, but keeps it aside', async () => {
    const bench = savingBench();
    bench.add({});
    await bench.run('stop', bench.env);
    bench.cib.clear();
    expect((await bench.run('start', bench.env)).exit).toBe(0);
    expect(bench.calls.some((call) => call.startsWith('xl restore'))).toBe(false);
    expect(bench.calls.some((call) => call.startsWith('xl create'))).toBe(true);
    expect(readdirSync(bench.images).some((file) => file.includes('.stale-'))).toBe(true);
  });

  it('keeps an image that cannot be restored, and says so', async () => {
    const bench = savingBench();
    bench.add({});
    await bench.run('stop', bench.env);
    bench.hooks.delete('xl restore -p');
    bench.answers.set('xl restore -p', { code: 1, stderr: 'xc: error: Restore failed\n' });
    const { exit, reason } = await bench.run('start', bench.env);
    expect(exit).toBe(1);
    expect(reason).toContain('Restore failed');
    expect(existsSync(join(bench.images, 'vm01.image'))).toBe(true);
    expect(bench.cib.size).toBe(1);
  });

  it('shuts down instead when the image cannot be written, or others could write to its folder', async () => {
    const failing = savingBench();
    failing.add({});
    failing.answers.set('xl save', { code: 1, stderr: 'Failed to save domain, resuming domain\n' });
    expect((await failing.run('stop', failing.env)).exit).toBe(0);
    expect(failing.calls).toContain('xl shutdown -F vm01');
    const open = savingBench();
    open.add({});
    chmodSync(open.images, 0o777);
    const { exit, stderr } = await open.run('stop', open.env);
    expect(exit).toBe(0);
    expect(stderr).toContain('can be written by others');
    expect(open.calls.some((call) => call.startsWith('xl save'))).toBe(false);
  });

  it('shuts down instead when others could put another folder in the place of that of the image', async () => {
    const bench = savingBench();
    bench.add({});
    const folder = join(bench.images, 'a/b');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(bench.images, 0o777);
    const { exit, stderr } = await bench.run('stop', { ...bench.env, OCF_RESKEY_save_directory: folder });
    expect(exit).toBe(0);
    expect(stderr).toContain(`${bench.images} above it can be written by others`);
    expect(bench.calls.some((call) => call.startsWith('xl save'))).toBe(false);
  });
});

describe('migrate_to', () => {
  const list =
    'Name                                        ID   Mem VCPUs\tState\tTime(s)\nDomain-0                                     0   900     1     r-----      31.3\n';

  it('that is too slow ends the transport, not xl, and the VM goes on', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { stdout: list });
    bench.answers.set('xl migrate', 'hang');
    bench.hooks.set('xl migrate', () => {
      bench.processes.push(
        { pid: 300, parent: 1, args: ['xl', 'migrate', '-s', 'ssh', 'vm01', 'node2'], output: 'log' },
        { pid: 301, parent: 300, args: ['/usr/bin/ssh', 'node2', 'xl', 'migrate-receive'], output: 'pipe' },
        { pid: 302, parent: 300, args: ['/usr/lib/xen/bin/libxl-save-helper', '--save-domain'], output: 'pipe' },
      );
    });
    const { exit, reason } = await bench.run('migrate_to', {
      OCF_RESKEY_CRM_meta_migrate_target: 'node2',
      OCF_RESKEY_migration_timeout: '30',
    });
    expect(exit).toBe(1);
    expect(reason).toContain('took longer than 30 s');
    expect(reason).toContain('goes on running here');
    expect(bench.killed).toEqual([[301, 'SIGTERM']]);
  });

  it('whose xl cannot be started leaves the VM as it is, and says so', async () => {
    const bench = xenBench();
    bench.add({});
    bench.answers.set('ssh', { stdout: list });
    bench.answers.set('xl migrate', { outcome: 'missing', code: -1 });
    const { exit, reason } = await bench.run('migrate_to', { OCF_RESKEY_CRM_meta_migrate_target: 'node2' });
    expect(exit).toBe(1);
    expect(reason).toMatch(/^vm01.*goes on running here.*xl migrate could not be started: spawn xl ENOENT/);
    expect(bench.domains.has('vm01')).toBe(true);
  });

  it('without a target says how to migrate', async () => {
    const bench = xenBench();
    const { exit, reason } = await bench.run('migrate_to');
    expect(exit).toBe(2);
    expect(reason).toContain('Migrate through the cluster');
  });
});
