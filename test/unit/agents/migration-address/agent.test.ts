import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrationAddress } from '../../../../agents/migration-address/agent.ts';
import { dispatch } from '../../../../lib/agent/dispatch.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

interface Link {
  readonly name: string;
  link: boolean;
  addresses: { readonly local: string; readonly [flag: string]: unknown }[];
}

/** A node whose interfaces and attributes a test changes between two actions. */
function node(parameters: Record<string, string> = { network: '10.89.1.0/24' }) {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-address-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const eth1: Link = { name: 'eth1', link: true, addresses: [{ local: '10.89.1.11' }] };
  const links: Link[] = [{ name: 'eth0', link: true, addresses: [{ local: '10.89.0.11' }] }, eth1];
  /** By `LIFETIME NAME`. */
  const attributes = new Map<string, string>();
  const faults = new Map<string, Partial<RunResult>>();
  const written: string[] = [];

  const runner = scriptedRunner((program, args) => {
    const fault = faults.get(program);
    if (fault !== undefined) return fault;
    if (program === 'ip') {
      const json = links.map(({ name, link, addresses }) => ({
        ifname: name,
        flags: link ? ['UP', 'LOWER_UP'] : ['NO-CARRIER', 'UP'],
        addr_info: addresses,
      }));
      return { stdout: JSON.stringify(json) };
    }
    if (program !== 'crm_attribute' || args[1] !== 'node1') return undefined;
    const key = `${args[5]} ${args[3]}`;
    const [change = ''] = args.slice(6);
    if (change === '--query') {
      const value = attributes.get(key);
      return value === undefined ? { code: 105 } : { stdout: `${value}\n` };
    }
    written.push(`${key} ${change}`);
    if (change === '--delete') attributes.delete(key);
    else attributes.set(key, change.replace('--update=', ''));
    return {};
  });
  const clock = fakeClock();
  const run = async (action: string, more: Record<string, string> = {}) => {
    let stderr = '';
    const own = Object.entries(parameters).map(([name, value]) => [`OCF_RESKEY_${name}`, value]);
    const from = clock.now();
    const exit = await dispatch(migrationAddress, {
      args: [action],
      env: {
        ...Object.fromEntries(own),
        OCF_RESOURCE_INSTANCE: 'address:0',
        OCF_RESKEY_CRM_meta_on_node: 'node1',
        OCF_RESKEY_CRM_meta_timeout: '20000',
        ...(action === 'monitor' ? { OCF_RESKEY_CRM_meta_interval: '10000' } : {}),
        ...more,
      },
      runner,
      clock: { now: () => clock.now() - from, sleep: clock.sleep },
      runFolder: join(folder, 'run'),
      logFolder: '/nonexistent',
      ownCommand: ['ocf-virt'],
      processes: () => [],
      isAlive: () => false,
      signal: () => false,
      out: () => {},
      err: (text) => {
        stderr += text;
      },
    });
    return { exit, stderr };
  };
  const exits = async (...actions: readonly string[]) => {
    const found: number[] = [];
    for (const action of actions) found.push((await run(action)).exit);
    return found;
  };
  return { eth1, links, attributes, faults, written, parameters, run, exits, runner };
}

const published = 'reboot ip_livemigration';
const probe = { OCF_RESKEY_CRM_meta_interval: '0' };

describe('ocf:virt:MigrationAddress', () => {
  it('publishes the address of the network, keeps it, and withdraws it when it stops', async () => {
    const { attributes, written, exits } = node();
    expect(await exits('monitor', 'start', 'start', 'monitor')).toEqual([7, 0, 0, 0]);
    expect([...attributes]).toEqual([[published, '10.89.1.11']]);
    expect(await exits('stop', 'stop', 'monitor')).toEqual([0, 0, 7]);
    expect([...attributes]).toEqual([]);
    expect(written).toEqual([`${published} --update=10.89.1.11`, `${published} --delete`]);
  });

  it.each([
    ['is in standby', 'forever standby', 'on'],
    ['is in standby until its next start', 'reboot standby', 'true'],
    ['shuts down', 'reboot shutdown', '1795303821'],
  ])(
    'leaves it published when it stops because the node %s, and changes nothing when it starts again',
    async (...why) => {
      const [, name, value] = why;
      const { attributes, written, exits } = node();
      await exits('start');
      attributes.set(name, value);
      expect(await exits('stop', 'monitor')).toEqual([0, 7]);
      expect(attributes.get(published)).toBe('10.89.1.11');
      attributes.delete(name);
      expect(await exits('start', 'monitor')).toEqual([0, 0]);
      expect(written).toEqual([`${published} --update=10.89.1.11`]);
    },
  );

  it.each([
    ['forever standby', 'off'],
    ['reboot shutdown', '0'],
  ])('withdraws it when it stops while %s is %s', async (name, value) => {
    const { attributes, exits } = node();
    await exits('start');
    attributes.set(name, value);
    await exits('stop');
    expect([...attributes]).toEqual([[name, value]]);
  });

  it('asks two programs in a monitor that finds everything right, and changes nothing', async () => {
    const { runner, run } = node();
    await run('start');
    const before = runner.calls.length;
    await run('monitor');
    expect(runner.calls.slice(before).map(([program]) => program)).toEqual(['crm_attribute', 'ip']);
  });

  it.each([
    ['the link', (eth1: Link) => ({ ...eth1, link: false }), 'eth1, with 10.89.1.11, has no link'],
    ['the address', (eth1: Link) => ({ ...eth1, addresses: [] }), 'no interface has an address in 10.89.1.0/24'],
    ['the interface', () => undefined, 'no interface has an address in 10.89.1.0/24'],
  ])('withdraws it when %s goes, is degraded until it is back, and publishes it again', async (_, change, words) => {
    const { links, eth1, attributes, run, exits } = node();
    await run('start');
    const changed = change(eth1);
    links.splice(1, 1, ...(changed === undefined ? [] : [changed]));
    const lost = await run('monitor');
    expect([lost.exit, lost.stderr]).toEqual([190, expect.stringContaining(words)]);
    expect(lost.stderr.match(/ocf-exit-reason:/g)).toHaveLength(1);
    expect([...attributes]).toEqual([]);
    expect(await exits('monitor')).toEqual([190]);
    links.splice(1, 1, eth1);
    expect(await exits('monitor')).toEqual([0]);
    expect(attributes.get(published)).toBe('10.89.1.11');
  });

  it('starts without an address, and publishes it as soon as there is one', async () => {
    const { eth1, attributes, exits } = node();
    eth1.link = false;
    expect(await exits('start', 'monitor')).toEqual([0, 190]);
    eth1.link = true;
    expect(await exits('monitor')).toEqual([0]);
    expect(attributes.get(published)).toBe('10.89.1.11');
  });

  it('fails with loss_is_failure, in start and monitor alike', async () => {
    const { eth1, attributes, exits } = node({ network: '10.89.1.0/24', loss_is_failure: 'true' });
    expect(await exits('start')).toEqual([0]);
    eth1.link = false;
    expect(await exits('monitor', 'stop', 'start', 'monitor')).toEqual([1, 0, 1, 7]);
    expect([...attributes]).toEqual([]);
  });

  it('writes again what somebody took away or overwrote', async () => {
    const { attributes, exits } = node();
    await exits('start');
    attributes.delete(published);
    expect(await exits('monitor')).toEqual([0]);
    attributes.set(published, '10.0.0.99');
    expect(await exits('monitor')).toEqual([0]);
    expect(attributes.get(published)).toBe('10.89.1.11');
  });

  it('follows an address that changes', async () => {
    const { eth1, attributes, exits } = node();
    await exits('start');
    eth1.addresses = [{ local: '10.89.1.77' }];
    expect(await exits('monitor')).toEqual([0]);
    expect(attributes.get(published)).toBe('10.89.1.77');
  });

  it('keeps what is published while a floating address comes and goes beside it', async () => {
    const { eth1, attributes, exits } = node();
    eth1.addresses.unshift({ local: '10.89.1.5', secondary: true });
    await exits('start');
    expect(attributes.get(published)).toBe('10.89.1.11');
    eth1.addresses.unshift({ local: '10.89.1.4' });
    await exits('monitor');
    expect(attributes.get(published)).toBe('10.89.1.11');
  });

  it('publishes an address of IPv6 that can be used, and never one of its link only', async () => {
    const { eth1, attributes, exits } = node({ interface: 'eth1', family: 'ipv6' });
    eth1.addresses = [
      { local: 'fe80::1', scope: 'link' },
      { local: 'fd00::9', tentative: true },
      { local: 'fd00::8', dadfailed: true },
      { local: 'fd00::7', temporary: true },
      { local: 'fd00::6' },
    ];
    await exits('start');
    expect(attributes.get(published)).toBe('fd00::6');
    eth1.addresses.splice(4, 1);
    eth1.addresses.splice(3, 1);
    expect((await exits('monitor'))[0]).toBe(190);
  });

  it('publishes IPv4 before IPv6 on an interface that has both', async () => {
    const { eth1, attributes, exits } = node({ interface: 'eth1' });
    eth1.addresses.unshift({ local: 'fd00::6' });
    await exits('start');
    expect(attributes.get(published)).toBe('10.89.1.11');
  });

  it('publishes a permanent attribute of another name if told so', async () => {
    const { attributes, exits } = node({ interface: 'eth1', attribute: 'ip_mig', lifetime: 'permanent' });
    await exits('start');
    expect([...attributes]).toEqual([['forever ip_mig', '10.89.1.11']]);
    await exits('stop');
    expect([...attributes]).toEqual([]);
  });

  it('warns of a permanent attribute that comes before the transient one', async () => {
    const { attributes, run } = node();
    attributes.set('forever ip_livemigration', '10.0.0.9');
    expect((await run('start')).stderr).toMatch(
      /WARNING: .* permanent ip_livemigration, 10\.0\.0\.9, which comes before/,
    );
  });

  it('withdraws what the old parameters had published when it is told new ones', async () => {
    const { attributes, parameters, exits } = node();
    await exits('start');
    parameters['attribute'] = 'ip_other';
    parameters['lifetime'] = 'permanent';
    expect(await exits('reload-agent', 'monitor')).toEqual([0, 0]);
    expect([...attributes]).toEqual([['forever ip_other', '10.89.1.11']]);
  });

  it('is "not running" to a probe when the cluster has forgotten the attribute', async () => {
    const { attributes, run } = node();
    expect((await run('monitor', probe)).exit).toBe(7);
    await run('start');
    expect((await run('monitor', probe)).exit).toBe(0);
    attributes.clear();
    expect((await run('monitor', probe)).exit).toBe(7);
  });

  it('leaves alone at its stop what somebody else wrote', async () => {
    const { attributes, run } = node();
    await run('start');
    attributes.set(published, 'node1-mig.example');
    expect(await run('stop')).toMatchObject({ exit: 0, stderr: expect.stringContaining('was not published here') });
    expect(attributes.get(published)).toBe('node1-mig.example');
  });

  it('withdraws an address of this node at a stop that remembers nothing', async () => {
    const { attributes, exits } = node();
    attributes.set(published, '10.89.1.11');
    expect(await exits('stop')).toEqual([0]);
    expect([...attributes]).toEqual([]);
  });

  it.each(['ip', 'crm_attribute'])(
    'takes a %s that gives no answer for no loss, and a stop succeeds',
    async (program) => {
      const { attributes, faults, run, exits } = node();
      await run('start');
      faults.set(program, { outcome: 'timed-out' });
      const { exit, stderr } = await run('monitor');
      expect([exit, stderr]).toEqual([190, expect.stringContaining('no answer in time')]);
      expect(attributes.get(published)).toBe('10.89.1.11');
      expect(await exits('stop')).toEqual([0]);
    },
  );

  it.each([
    [{}, 6, 'neither network nor interface'],
    [{ network: '10.0.0.0/24', family: 'ipv6' }, 6, 'family is ipv6'],
    [{ network: '10.0.0.0' }, 6, 'use a network'],
    [{ interface: '-x' }, 6, 'use the name of an interface'],
    [{ interface: 'eth1; reboot' }, 6, 'use the name of an interface'],
    [{ interface: 'eth1', attribute: '$(reboot)' }, 6, 'use the name of a node attribute'],
  ] as const)('with %j fails with %i, and a stop succeeds', async (parameters, code, words) => {
    const { run } = node(parameters);
    for (const action of ['validate-all', 'start']) {
      const { exit, stderr } = await run(action);
      expect([exit, stderr.toLowerCase()]).toEqual([code, expect.stringContaining(words)]);
    }
    expect((await run('stop')).exit).toBe(0);
  });

  it('says what is missing on a node without ip', async () => {
    const { faults, exits } = node();
    faults.set('ip', { outcome: 'missing' });
    expect(await exits('start')).toEqual([5]);
  });
});
