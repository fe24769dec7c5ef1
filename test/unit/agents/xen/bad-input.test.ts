import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { xenBench } from '../../../support/xen-agent.ts';

describe('bad input', () => {
  it.each([
    ['xmfile is missing', { OCF_RESKEY_xmfile: '' }, 6, 'xmfile', /set xmfile/i],
    ['xmfile is a relative path', { OCF_RESKEY_xmfile: 'vm01.cfg' }, 6, 'xmfile', /absolute path/],
    ['a timeout is negative', { OCF_RESKEY_shutdown_timeout: '-5' }, 6, 'shutdown_timeout', /at least 0 seconds/],
    ['a timeout is no time', { OCF_RESKEY_migration_timeout: 'soon' }, 6, 'migration_timeout', /such as 90, 90s/],
    [
      'stop_method is unknown',
      { OCF_RESKEY_stop_method: 'explode' },
      6,
      'stop_method',
      /shutdown, acpi, save, destroy/,
    ],
    [
      'a flag is neither true nor false',
      { OCF_RESKEY_crash_is_failure: 'maybe' },
      6,
      'crash_is_failure',
      /true or false/,
    ],
    ['a number is too large', { OCF_RESKEY_unknown_tolerance: '5000' }, 6, 'unknown_tolerance', /from 0 to 1000/],
    ['the name of the domain could be an option', { OCF_RESKEY_name: '-a' }, 6, 'name', /as xl list shows it/],
    ['the name of the domain has a quote', { OCF_RESKEY_name: 'a"; memory=1' }, 6, 'name', /without quotes/],
    [
      'the name of an attribute is a command',
      { OCF_RESKEY_node_ip_attribute: '; reboot' },
      6,
      'node_ip_attribute',
      /ip_livemigration/,
    ],
    [
      'an ssh option has an open quote',
      { OCF_RESKEY_migration_ssh_options: "-i 'x" },
      6,
      'migration_ssh_options',
      /close the quotes/i,
    ],
    ['a folder is a relative path', { OCF_RESKEY_save_directory: 'images' }, 6, 'save_directory', /absolute path/],
  ])(
    '%s: one reason names the parameter and the remedy, and nothing is executed',
    async (_, env, code, parameter, remedy) => {
      for (const action of ['start', 'monitor', 'validate-all', 'migrate_from', 'reload-agent']) {
        const bench = xenBench();
        const { exit, reason, reasons } = await bench.run(action, env);
        expect([exit, reasons]).toEqual([code, 1]);
        expect(reason).toContain(`vm01: ${parameter} is`);
        expect(reason).toMatch(remedy);
        expect(bench.calls).toEqual([]);
      }
    },
  );

  it('a configuration that does not parse fails the start with its line, and nothing is executed', async () => {
    const bench = xenBench();
    writeFileSync(bench.configFile, 'name = "vm01"\nthis is not xl\n');
    const { exit, reason, reasons } = await bench.run('start');
    expect([exit, reasons]).toEqual([2, 1]);
    expect(reason).toContain(`xmfile ${bench.configFile}`);
    expect(reason).toContain('line 2');
    expect(bench.calls).toEqual([]);
  });

  it.each([
    ['-h', 'begins with a dash'],
    ['vm01\\nvm02   7   512     1     -b----       3.5', 'cannot be printed'],
    ['vm01\\x1b[2J', 'cannot be printed'],
    ['vm02--incoming', 'copies of a migration'],
    ['vm02--migratedaway', 'copies of a migration'],
    ['(null)', 'another meaning'],
    ['Domain-0', 'another meaning'],
    [' vm01', 'a blank'],
    ['n'.repeat(300), 'too long'],
    ['ä'.repeat(100), 'too long'],
  ])('a configuration that calls the domain "%s" fails the start, and nothing is executed', async (name, why) => {
    const bench = xenBench(`name = "${name}"\n`);
    const { exit, reason, reasons } = await bench.run('start');
    expect([exit, reasons]).toEqual([2, 1]);
    expect(reason).toContain(why);
    expect(bench.calls).toEqual([]);
  });

  it.each(["Bob's VM", 'web 1', 'ä仮', '100%', '$(reboot)', '; reboot', '7'])(
    'a configuration that calls the domain %j is started, and the name is no word of that command',
    async (name) => {
      const bench = xenBench(`name = ${JSON.stringify(name)}\n`);
      await bench.run('start');
      expect(bench.calls).toContain(`xl create ${bench.configFile}`);
    },
  );

  it('a configuration that is not there fails the start as not installed, and nothing is executed', async () => {
    const bench = xenBench();
    const { exit, reason } = await bench.run('start', { OCF_RESKEY_xmfile: '/nowhere/vm01.cfg' });
    expect(exit).toBe(5);
    expect(reason).toContain('/nowhere/vm01.cfg cannot be read on this node (ENOENT)');
    expect(bench.calls).toEqual([]);
  });

  it('a stop goes on in spite of a bad option, because a failed stop gets the node fenced', async () => {
    const bench = xenBench();
    bench.add({});
    const { exit, stderr } = await bench.run('stop', { OCF_RESKEY_stop_method: 'explode' });
    expect(exit).toBe(0);
    expect(stderr).toContain('WARNING: vm01: stop_method is "explode"');
    expect(bench.domains.size).toBe(0);
  });

  it('a stop finds the domain although its configuration is gone', async () => {
    const bench = xenBench('name = "other-than-the-resource"\n');
    bench.add({ name: 'other-than-the-resource' });
    await bench.run('monitor');
    writeFileSync(bench.configFile, '');
    const { exit } = await bench.run('stop');
    expect(exit).toBe(0);
    expect(bench.domains.size).toBe(0);
  });
});
