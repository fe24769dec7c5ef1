import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import {
  clearFault,
  createSimHost,
  overlaps,
  processesOf,
  readRecording,
  readTruth,
  recordHostDown,
  removeSimHost,
  runningCopies,
  runOn,
  type SimHost,
  setFault,
  sshTo,
  type TruthLine,
  writeConfig,
} from '../sim/control.ts';

const quick = 'sim_create_seconds="0.01"\nsim_boot_seconds=0\nsim_shutdown_seconds="0.05"\n';

let bin: string;
let host: SimHost;

beforeAll(async () => {
  bin = join(await buildSim('.cache/sim'), '..');
});

beforeEach(() => {
  host = createSimHost({ bin, name: 'node1', settings: { ackSeconds: 0.3 } });
});

afterEach(() => {
  removeSimHost(host);
});

const xl = (...args: string[]) => runOn(host, 'xl', ...args);

/** Creates a guest from a few lines of configuration. */
async function create(name: string, lines = '', ...args: string[]): Promise<string> {
  const file = writeConfig(host, name, `name="${name}"\nmemory=64\n${quick}${lines}\n`);
  expect((await xl('create', ...args, file)).exit).toBe(0);
  return file;
}

/** State letters of a domain; undefined when xl knows none of that name. */
async function stateOf(name: string): Promise<string | undefined> {
  return / ([rbpscdw-]{6}) /.exec((await xl('list', name)).stdout)?.[1];
}

/** The line that xl list has for a domain. */
async function rowOf(name: string): Promise<string | undefined> {
  return (await xl('list', name)).stdout.split('\n')[1];
}

async function until(condition: () => Promise<boolean>, ms = 5000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('did not come true in time');
    await later(30);
  }
}

const daemons = () => processesOf(host, /^\/usr\/lib\/xen-4\.17\/bin\/xl /);
const commandLine = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
const events = (name: string) =>
  readTruth(host.truth)
    .filter((line) => line.name === name)
    .map((line) => line.event);

describe('A simulated domain', () => {
  it('has a daemon that reads like the real one and writes the log of the domain', async () => {
    const file = await create('g1', '', '-q');
    const [pid = 0] = daemons();
    expect(commandLine(pid)).toEqual(['/usr/lib/xen-4.17/bin/xl', 'create', '-q', file]);
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('xl\n');
    expect(readFileSync(join(host.dir, 'log/xl-g1.log'), 'utf8')).toContain('Waiting for domain g1 (domid 1) to die');
  });

  it('ends, and its daemon with it, also while nobody looks', async () => {
    await create('g1', 'sim_crash_after="0.3"');
    await later(900);
    expect(daemons()).toEqual([]);
    expect(events('g1')).toEqual(['created', 'running', 'crashed', 'destroyed']);
  });

  it('stays shut down for ever when its daemon was killed', async () => {
    await create('g1');
    for (const pid of daemons()) process.kill(pid, 'SIGKILL');
    await xl('shutdown', 'g1');
    await later(600);
    expect(await stateOf('g1')).toBe('---s--');
    await later(300);
    expect(await stateOf('g1')).toBe('---s--');
  });

  it('needs as many unpauses as it got pauses', async () => {
    await create('g1');
    await xl('pause', 'g1');
    await xl('pause', 'g1');
    await xl('unpause', 'g1');
    expect(await stateOf('g1')).toBe('--p---');
    await xl('unpause', 'g1');
    expect(await stateOf('g1')).toBe('-b----');
  });

  it('acts on a shutdown it got while paused once it runs again', async () => {
    await create('g1');
    await xl('pause', 'g1');
    const shutdown = await xl('shutdown', 'g1');
    expect(shutdown.exit).toBe(1);
    expect(await stateOf('g1')).toBe('--p---');
    await xl('unpause', 'g1');
    await until(async () => (await stateOf('g1')) === undefined);
  });

  it('is absent while it reboots, and comes back with a new id and the same daemon', async () => {
    await create('g1', 'sim_reboot_seconds="0.7"');
    const before = daemons();
    await xl('reboot', 'g1');
    await until(async () => (await stateOf('g1')) === undefined);
    expect(daemons()).toEqual(before);
    await until(async () => (await stateOf('g1')) !== undefined);
    expect((await xl('domid', 'g1')).stdout).toBe('2\n');
    expect(daemons()).toEqual(before);
    expect(overlaps(readTruth(host.truth))).toEqual([]);
  });

  it('is paused without virtual CPUs while its daemon builds it anew', async () => {
    await create('g1', 'sim_reboot_seconds="0.1"\nsim_create_seconds="0.6"');
    await xl('reboot', 'g1');
    await until(async () => (await stateOf('g1')) === undefined);
    await until(async () => (await stateOf('g1')) !== undefined);
    expect(await rowOf('g1')).toMatch(/ 0 {5}--p--- /);
    expect(events('g1')).not.toContain('rebooted');
    await until(async () => (await stateOf('g1')) === '-b----');
    expect(await rowOf('g1')).toMatch(/ 1 {5}-b---- /);
    expect(events('g1').slice(-3)).toEqual(['created', 'rebooted', 'running']);
  });

  it('stays half built when its daemon was killed while it built it anew', async () => {
    await create('g1', 'sim_reboot_seconds=0\nsim_create_seconds="0.6"');
    await xl('reboot', 'g1');
    await until(async () => (await xl('domid', 'g1')).stdout === '2\n');
    for (const pid of daemons()) process.kill(pid, 'SIGKILL');
    await later(900);
    expect(await rowOf('g1')).toMatch(/ 0 {5}--p--- /);
    expect(runningCopies(readTruth(host.truth), 'g1')).toEqual([]);
  });

  it('never runs when xl create was killed in the middle, whatever is said to it', async () => {
    const file = writeConfig(host, 'g1', 'name="g1"\nmemory=64\nsim_create_seconds=9\n');
    const building = spawn('xl', ['create', file], { env: host.env, stdio: 'ignore' });
    await until(async () => (await stateOf('g1')) !== undefined);
    building.kill('SIGKILL');
    await xl('unpause', 'g1');
    expect(await rowOf('g1')).toMatch(/ 0 {5}------ /);
    expect((await xl('shutdown', '-F', 'g1')).exit).toBe(1);
    expect(daemons()).toEqual([]);
    expect(events('g1')).toEqual(['created']);
    expect((await xl('destroy', 'g1')).exit).toBe(0);
    expect(await stateOf('g1')).toBeUndefined();
  });

  it('runs once it is built, also when somebody unpaused it before', async () => {
    const file = writeConfig(host, 'g1', 'name="g1"\nmemory=64\nsim_boot_seconds=0\nsim_create_seconds=1\n');
    const created = xl('create', file);
    await until(async () => (await stateOf('g1')) !== undefined);
    await xl('unpause', 'g1');
    expect(await rowOf('g1')).toMatch(/ 0 {5}------ /);
    expect((await created).exit).toBe(0);
    expect(await rowOf('g1')).toMatch(/ 1 {5}-b---- /);
  });

  it('does not come back from a reboot when its daemon was killed meanwhile', async () => {
    await create('g1', 'sim_reboot_seconds="0.5"');
    await xl('reboot', 'g1');
    await until(async () => (await stateOf('g1')) === undefined);
    for (const pid of daemons()) process.kill(pid, 'SIGKILL');
    await later(900);
    expect(await stateOf('g1')).toBeUndefined();
  });

  it('is restarted after a crash where its configuration says so', async () => {
    await create('g1', 'on_crash="restart"\nsim_reboot_seconds="0.1"');
    await xl('sysrq', 'g1', 'c');
    await until(async () => (await xl('domid', 'g1')).stdout === '2\n');
  });

  it('lives on when it ignores the shutdown, and dies by destroy', async () => {
    await create('g1', 'sim_shutdown="ignore"');
    expect((await xl('shutdown', 'g1')).exit).toBe(0);
    await later(300);
    expect(await stateOf('g1')).toBe('-b----');
    expect((await xl('destroy', 'g1')).exit).toBe(0);
    expect(await stateOf('g1')).toBeUndefined();
    expect(daemons()).toEqual([]);
  });

  it('without PV drivers refuses a plain shutdown, and obeys -F and the power button', async () => {
    for (const way of [
      ['shutdown', '-F', 'g1'],
      ['trigger', 'g1', 'power'],
    ]) {
      await create('g1', 'type="hvm"\nsim_pv_drivers=0');
      expect(await xl('shutdown', 'g1')).toMatchObject({ exit: 1 });
      expect(await stateOf('g1')).toBe('-b----');
      expect((await xl(...way)).exit).toBe(0);
      await until(async () => (await stateOf('g1')) === undefined);
    }
  });

  it('is named by the last of the settings, those of the command line included', async () => {
    const file = writeConfig(
      host,
      'g1',
      `memory = 64 ; vcpus = 2 # two\nname = 'g1'\ndisk = [ 'a,b',\n 'c' ]\n${quick}`,
    );
    await xl('create', file, 'name="other"', 'memory=96');
    expect((await xl('list', 'other')).stdout).toMatch(/\nother {36} {4}1 {4}96 {5}2 /);
  });

  it('comes back from an image as it was saved', async () => {
    await create('g1');
    const image = join(host.dir, 'g1.image');
    expect((await xl('save', 'g1', image)).exit).toBe(0);
    expect(await stateOf('g1')).toBeUndefined();
    expect((await xl('restore', image)).exit).toBe(0);
    expect(await stateOf('g1')).toBe('-b----');
    expect(commandLine(daemons()[0] ?? 0)).toEqual(['/usr/lib/xen-4.17/bin/xl', 'restore', image]);
  });

  it('takes memory that xl info then misses, and gives it back', async () => {
    const free = async () => Number(/^free_memory +: (\d+)/m.exec((await xl('info')).stdout)?.[1]);
    const before = await free();
    await create('g1', 'maxmem=128');
    expect(await free()).toBe(before - 64);
    await xl('mem-set', 'g1', '100');
    expect(await free()).toBe(before - 100);
    await xl('destroy', 'g1');
    expect(await free()).toBe(before);
  });

  it('stands in xenstore with name, uuid and memory', async () => {
    await create('g1', 'uuid="2342887f-e120-4504-bc59-dabee1beb17a"');
    const read = await runOn(
      host,
      'xenstore-read',
      '/local/domain/1/name',
      '/local/domain/1/vm',
      '/local/domain/1/memory/target',
    );
    expect(read.stdout).toBe('g1\n/vm/2342887f-e120-4504-bc59-dabee1beb17a\n65536\n');
    expect((await runOn(host, 'xenstore-list', '/local/domain')).stdout).toBe('0\n1\n');
    expect((await runOn(host, 'xenstore-ls', '-f', '/local/domain/1')).stdout).toContain(
      '/local/domain/1/name = "g1"\n',
    );
    expect((await runOn(host, 'xenstore-read', '/local/domain/9/name')).exit).toBe(1);
  });

  it('is announced by xenstore when it comes and when it goes', async () => {
    const watch = spawn('xenstore-watch', ['@releaseDomain', '@introduceDomain'], { env: host.env });
    let seen = '';
    watch.stdout.on('data', (chunk) => {
      seen += chunk;
    });
    await until(async () => seen === '@releaseDomain\n@introduceDomain\n');
    await create('g1');
    await until(async () => seen.endsWith('@introduceDomain\n@introduceDomain\n'));
    await xl('destroy', 'g1');
    await until(async () => seen.endsWith('@introduceDomain\n@releaseDomain\n'));
    watch.kill();
  });

  it('is one of many that were created at the same time, each with its own id', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `vm${index}`);
    await Promise.all(names.map((name) => create(name)));
    const ids = (await Promise.all(names.map((name) => xl('domid', name)))).map(({ stdout }) => Number(stdout));
    expect(ids.sort((one, other) => one - other)).toEqual(names.map((_, index) => index + 1));
  });

  it('is resumed, where it was stranded by a migration, as libxl would', async () => {
    await create('h1', 'type="pvh"');
    await xl('save', '-p', 'h1', join(host.dir, 'image'));
    expect(await stateOf('h1')).toBe('---ss-');
    expect((await runOn(host, 'ocf-virt-sim', 'resume', '1')).exit).toBe(0);
    expect(await stateOf('h1')).toBe('-b----');
    expect((await runOn(host, 'ocf-virt-sim', 'resume', '1')).exit).toBe(1);
  });

  it('stays at the sender when its name is taken at the target', async () => {
    const target = createSimHost({ bin, name: 'node2' });
    try {
      const file = await create('h1', 'type="pvh"');
      await runOn(target, 'xl', 'create', file);
      const migrated = await xl('migrate', '-s', sshTo(target), 'h1', 'node2');
      expect(migrated.exit).toBe(1);
      expect(migrated.stderr).toContain('Migration failed due to problems at target.');
      expect(await stateOf('h1')).toBe('-b----');
      expect((await runOn(target, 'xl', 'list')).stdout).not.toContain('incoming');
    } finally {
      removeSimHost(target);
    }
  });
});

describe('A fault', () => {
  const absent = readRecording('xl-4.17-list-absent');

  it('makes xl unable to reach the hypervisor, for one command or for all, and leaves the domains alone', async () => {
    await create('g1');
    setFault(host, 'list', {});
    expect(await xl('list', 'g1')).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringMatching(/cannot init xl context\n$/),
    });
    expect((await xl('domid', 'g1')).exit).toBe(0);
    clearFault(host);
    setFault(host, 'xl', {});
    expect((await xl('domid', 'g1')).exit).toBe(1);
    clearFault(host, 'xl');
    expect(await stateOf('g1')).toBe('-b----');
  });

  it('prints a recording or any other text in place of the truth', async () => {
    await create('g1');
    setFault(host, 'list', { recording: 'xl-4.17-list-absent' });
    expect(await xl('list', 'g1')).toEqual({ exit: absent.exit, stdout: absent.stdout, stderr: absent.stderr });
    setFault(host, 'list', { stdout: 'out', stderr: 'err', exit: 7 });
    expect(await xl('list', 'g1')).toEqual({ exit: 7, stdout: 'out', stderr: 'err' });
  });

  it('spoils the output: garbage, the first bytes, nothing, too much', async () => {
    setFault(host, 'list', { kind: 'garbage' });
    expect((await xl('list')).exit).toBe(0);
    setFault(host, 'list', { kind: 'garbage-exit-1' });
    expect((await xl('list')).exit).toBe(1);
    setFault(host, 'list', { kind: 'truncated', bytes: 4 });
    expect(await xl('list')).toMatchObject({ exit: 0, stdout: 'Name' });
    setFault(host, 'list', { kind: 'empty' });
    expect(await xl('list')).toMatchObject({ exit: 0, stdout: '' });
    setFault(host, 'list', { kind: 'flood', mib: 3 });
    expect((await xl('list')).stdout.length).toBe(3 * 2 ** 20);
  });

  it('lasts for some calls after some others', async () => {
    setFault(host, 'list', { after: 1, times: 2 });
    const exits = [];
    for (let call = 0; call < 5; call++) exits.push((await xl('list')).exit);
    expect(exits).toEqual([0, 1, 1, 0, 0]);
  });

  it('slows a command down, or ends it by SIGKILL', async () => {
    setFault(host, 'list', { kind: 'slow', seconds: 0.4 });
    const began = Date.now();
    expect((await xl('list')).exit).toBe(0);
    expect(Date.now() - began).toBeGreaterThanOrEqual(400);
    setFault(host, 'list', { kind: 'killed' });
    expect((await xl('list')).exit).toBe(137);
  });

  it('hangs: a SIGTERM ends it, unless it is a hard one', async () => {
    for (const [kind, signal] of [
      ['hang', 'SIGTERM'],
      ['hang-hard', 'SIGKILL'],
    ] as const) {
      setFault(host, 'list', { kind });
      const child = spawn('xl', ['list'], { env: host.env });
      const ended = new Promise((resolve) => child.once('exit', (_, by) => resolve(by)));
      await later(300);
      child.kill('SIGTERM');
      await later(200);
      child.kill('SIGKILL');
      expect(await ended).toBe(signal);
    }
  });

  it('hides every name, as a xenstore that cannot be reached, and lets nobody change a domain', async () => {
    await create('g1');
    setFault(host, 'xl', { kind: 'nameless' });
    const { exit, stdout, stderr } = await xl('list');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout.match(/^\S+ +\d/gm)).toEqual([
      expect.stringMatching(/^\(null\) +0$/),
      expect.stringMatching(/^\(null\) +1$/),
    ]);
    expect((await xl('list', '1')).stdout).toContain('\n(null) ');
    expect(await xl('list', 'Domain-0')).toMatchObject({ exit: 1, stdout: '' });
    for (const command of ['domid', 'destroy', 'shutdown', 'pause']) expect((await xl(command, 'g1')).exit).toBe(1);
    expect((await xl('create', join(host.dir, 'g1.cfg'))).exit).toBe(3);
    clearFault(host);
    expect(await stateOf('g1')).toBe('-b----');
  });

  it('in the shape of a xenstored that hangs leaves xl info alone', async () => {
    await create('g1');
    setFault(host, 'xl', { kind: 'xenstored-hang' });
    expect((await xl('info')).exit).toBe(0);
    const hung = await runOn(host, 'timeout', '0.5', 'xl', 'create', join(host.dir, 'g1.cfg'));
    expect(hung).toEqual({ exit: 124, stdout: '', stderr: `Parsing config from ${host.dir}/g1.cfg\n` });
  });

  it('in the xenstore tools stops them from connecting', async () => {
    setFault(host, 'xenstore', {});
    expect(await runOn(host, 'xenstore-ls')).toMatchObject({ exit: 1, stderr: expect.stringContaining('xs_open') });
  });

  it('lets a receiver fail before the guest left its host', async () => {
    const target = createSimHost({ bin, name: 'node2' });
    try {
      await create('h1', 'type="pvh"');
      setFault(target, 'migrate-receive', {});
      expect((await xl('migrate', '-s', sshTo(target), 'h1', 'node2')).exit).toBe(1);
      expect(await stateOf('h1')).toBe('-b----');
    } finally {
      removeSimHost(target);
    }
  });
});

describe('The truth log', () => {
  const line = (time: number, node: string, event: TruthLine['event'], domid = 1): TruthLine => {
    return { time, host: node, event, name: node === '' ? '' : 'vm', uuid: '', domid };
  };

  it('tells when a VM executed twice, and where', () => {
    const truth = [line(1, 'a', 'running'), line(5, 'b', 'running'), line(9, 'a', 'destroyed')];
    expect(overlaps(truth)).toEqual([{ name: 'vm', from: 5, to: 9, copies: ['a/1', 'b/1'] }]);
    expect(runningCopies(truth, 'vm')).toEqual(['b/1']);
  });

  it('counts neither a suspended copy nor one on a host that died', () => {
    expect(overlaps([line(1, 'a', 'running'), line(2, 'a', 'suspended'), line(2, 'b', 'running')])).toEqual([]);
    expect(overlaps([line(1, 'a', 'running'), line(2, 'a', 'host-down', 0), line(3, 'b', 'running')])).toEqual([]);
    expect(overlaps([line(1, 'a', 'running'), line(3, 'b', 'running')])).toMatchObject([{ to: undefined }]);
  });

  it('gets a line for a host that died', () => {
    recordHostDown(host.truth, 'node1');
    expect(readTruth(host.truth)).toMatchObject([{ event: 'host-down', host: 'node1' }]);
  });

  it('records how a migration reached the receiver, how long it took and how much was copied', async () => {
    const target = createSimHost({ bin, name: 'node2' });
    try {
      await create('h1', 'type="pvh"');
      expect((await xl('migrate', '-s', sshTo(target), 'h1', 'node2')).exit).toBe(0);
      const received = readTruth(target.truth).find(({ event }) => event === 'received');
      expect(received).toMatchObject({ name: 'h1', host: 'node2', detail: { to: '192.0.2.2', mib: 64 } });
      const both = [...readTruth(host.truth), ...readTruth(target.truth)].sort((one, other) => one.time - other.time);
      expect(overlaps(both)).toEqual([]);
      expect(runningCopies(both, 'h1')).toEqual(['node2/1']);
    } finally {
      removeSimHost(target);
    }
    expect(existsSync(target.dir)).toBe(false);
  });
});
