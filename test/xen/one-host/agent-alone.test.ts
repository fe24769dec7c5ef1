import { setTimeout as later } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { runAgent } from '../agent.ts';
import { clearHost, countsOn, domains, idOf, lifeOf, runs, untilAlive, writeGuest } from '../guest.ts';
import { forms } from '../install-agents.ts';
import { withHosts } from '../with-hosts.ts';

const exit = { success: 0, generic: 1, notInstalled: 5, notRunning: 7, degraded: 190 };
const recurring = { interval: 10, timeout: 30 };

const pair = withHosts(['node1'], async ({ node1 }) => {
  await writeGuest(node1, 'h1');
  await writeGuest(node1, 'kept', { on_poweroff: '"preserve"', on_crash: '"preserve"' });
});

beforeEach(() => clearHost(pair.node1));

async function started(resource = 'h1', params: Record<string, string> = {}) {
  const outcome = await runAgent(pair.node1, 'start', { resource, params });
  expect(outcome).toMatchObject({ code: exit.success });
}

describe.each(forms)('The %s form', (form) => {
  it('starts, monitors and stops a guest, and does each of them twice without harm', async () => {
    const host = pair.node1;
    const code = async (action: string, interval = 0) => (await runAgent(host, action, { form, interval })).code;
    expect(await code('monitor')).toBe(exit.notRunning);
    expect(await code('start')).toBe(exit.success);
    expect(await code('monitor')).toBe(exit.success);
    const id = await idOf(host, 'h1');
    expect(await code('start')).toBe(exit.success);
    expect(await idOf(host, 'h1')).toBe(id);
    await untilAlive(host, 'h1');
    expect(await code('monitor', 10)).toBe(exit.success);
    expect(await code('stop')).toBe(exit.success);
    expect(await domains(host)).toEqual([]);
    expect(await code('monitor')).toBe(exit.notRunning);
    expect(await code('stop')).toBe(exit.success);
  });
});

describe('A monitor', () => {
  it('calls a paused guest degraded, and stop ends it', async () => {
    await started();
    await untilAlive(pair.node1, 'h1');
    await pair.node1.must('xl pause h1');
    expect(await runAgent(pair.node1, 'monitor', recurring)).toMatchObject({
      code: exit.degraded,
      reason: expect.stringContaining('paused'),
    });
    const params = { paused_is_failure: 'true' };
    expect(await runAgent(pair.node1, 'monitor', { ...recurring, params })).toMatchObject({ code: exit.generic });
    expect(await runAgent(pair.node1, 'stop')).toMatchObject({ code: exit.success });
    expect(await domains(pair.node1)).toEqual([]);
  });

  it('reports a guest that panicked and is preserved, and start puts a new one in its place', async () => {
    await started('kept');
    const { boot } = await untilAlive(pair.node1, 'kept');
    await pair.node1.must(
      'xl sysrq kept c; for i in $(seq 40); do xl list kept | grep -q -- ---sc- && break; sleep 0.25; done',
    );
    const call = { ...recurring, resource: 'kept' };
    expect(await runAgent(pair.node1, 'monitor', call)).toMatchObject({
      code: exit.generic,
      reason: expect.stringContaining('crashed'),
    });
    const params = { crash_is_failure: 'false' };
    expect(await runAgent(pair.node1, 'monitor', { ...call, params })).toMatchObject({ code: exit.degraded });
    await started('kept');
    expect((await untilAlive(pair.node1, 'kept')).boot).not.toBe(boot);
  });

  it('reports a guest that powered itself off and is preserved, and stop destroys it', async () => {
    await started('kept');
    await untilAlive(pair.node1, 'kept');
    await pair.node1.must('xl shutdown -w kept', { timeout: 60 });
    expect(await runAgent(pair.node1, 'monitor', { ...recurring, resource: 'kept' })).toMatchObject({
      code: exit.generic,
    });
    expect(await runAgent(pair.node1, 'stop', { resource: 'kept' })).toMatchObject({ code: exit.success });
    expect(await domains(pair.node1)).toEqual([]);
  });

  it('never calls a guest stopped, paused or failed while it reboots', async () => {
    await started();
    const { boot } = await untilAlive(pair.node1, 'h1');
    const id = await idOf(pair.node1, 'h1');
    await pair.node1.must('xl reboot h1');
    const codes = new Set<number>();
    const end = Date.now() + 12_000;
    while (Date.now() < end) codes.add((await runAgent(pair.node1, 'monitor', recurring)).code);
    expect([...codes]).toEqual([exit.success]);
    expect(await idOf(pair.node1, 'h1')).not.toBe(id);
    expect((await untilAlive(pair.node1, 'h1')).boot).not.toBe(boot);
  });

  it('goes on without the configuration file, which only a start needs', async () => {
    await started();
    await pair.node1.must('mv /etc/xen/h1.cfg /etc/xen/away.cfg');
    try {
      expect(await runAgent(pair.node1, 'monitor', recurring)).toMatchObject({ code: exit.success });
      expect(await runAgent(pair.node1, 'stop')).toMatchObject({ code: exit.success });
      expect(await domains(pair.node1)).toEqual([]);
      expect(await runAgent(pair.node1, 'monitor')).toMatchObject({ code: exit.notRunning });
      expect(await runAgent(pair.node1, 'start')).toMatchObject({
        code: exit.notInstalled,
        reason: expect.stringContaining('/etc/xen/h1.cfg'),
      });
    } finally {
      await pair.node1.must('mv /etc/xen/away.cfg /etc/xen/h1.cfg');
    }
  });
});

describe('A start', () => {
  it('says that memory is short, and leaves nothing behind', async () => {
    await writeGuest(pair.node1, 'big', { memory: '4000' });
    expect(await runAgent(pair.node1, 'start', { resource: 'big' })).toMatchObject({
      code: exit.generic,
      reason: expect.stringMatching(/memory/i),
    });
    expect(await domains(pair.node1)).toEqual([]);
  });

  it('replaces a domain that was left half built when its xl create was killed', async () => {
    await leaveHalfBuilt();
    const monitor = await runAgent(pair.node1, 'monitor', { interval: 10, timeout: 20 });
    // Paused or runnable by its flags, but no guest: neither healthy nor stopped.
    expect(monitor.code).toBe(exit.generic);
    await started();
    expect(await untilAlive(pair.node1, 'h1')).toBeDefined();
  });

  it('takes the name from the parameter, blanks included, and names of digits are no domain ids', async () => {
    const web = { resource: 'h1', params: { name: 'web 1' } };
    expect(await runAgent(pair.node1, 'start', web)).toMatchObject({ code: exit.success });
    const id = await idOf(pair.node1, 'web 1');
    // The stranger: its domain id is the name of the VM.
    const digits = { resource: 'h1', params: { name: String(id) } };
    expect(await runAgent(pair.node1, 'monitor', digits)).toMatchObject({ code: exit.notRunning });
    expect(await runAgent(pair.node1, 'start', digits)).toMatchObject({ code: exit.success });
    expect(
      await runAgent(pair.node1, 'stop', { ...digits, params: { ...digits.params, stop_method: 'destroy' } }),
    ).toMatchObject({
      code: exit.success,
    });
    expect((await domains(pair.node1)).map(({ name }) => name)).toEqual(['web 1']);
    expect(await runAgent(pair.node1, 'monitor', { ...web, ...recurring })).toMatchObject({ code: exit.success });
  });
});

describe('A stop', () => {
  /** Seconds that a guest has for its shutdown in a stop of 60 s. */
  const grace = 40;

  it('destroys a half-built domain at once', async () => {
    await leaveHalfBuilt();
    const outcome = await runAgent(pair.node1, 'stop', { timeout: 60 });
    expect(outcome).toMatchObject({ code: exit.success });
    expect(outcome.seconds).toBeLessThan(grace);
    expect(await domains(pair.node1)).toEqual([]);
  });

  it('saves the guest to a memory image, which the next start restores, once', async () => {
    const params = { stop_method: 'save', save_directory: '/root/saved' };
    await pair.node1.must('mkdir -p -m 700 /root/saved && rm -rf /root/saved/*');
    await started('h1', params);
    const before = await untilAlive(pair.node1, 'h1');
    expect(await runAgent(pair.node1, 'stop', { params })).toMatchObject({ code: exit.success });
    expect(await domains(pair.node1)).toEqual([]);
    expect(await pair.node1.must('ls /root/saved')).not.toBe('');
    expect(await runAgent(pair.node1, 'monitor', { params })).toMatchObject({ code: exit.notRunning });
    await started('h1', params);
    await later(2000);
    const after = await untilAlive(pair.node1, 'h1');
    expect(after.boot).toBe(before.boot);
    expect(after.tick).toBeGreaterThan(before.tick);
    expect(await runAgent(pair.node1, 'monitor', { ...recurring, params })).toMatchObject({ code: exit.success });
    // Not a second time: the disks have changed since.
    await pair.node1.must('xl destroy h1');
    await started('h1', params);
    expect((await untilAlive(pair.node1, 'h1')).boot).not.toBe(before.boot);
  });

  it('destroys a guest that does not react, within its time', async () => {
    await started();
    await untilAlive(pair.node1, 'h1');
    // A PVH guest has no power button: xl trigger answers 0, and nothing happens.
    const params = { stop_method: 'acpi', shutdown_timeout: '5' };
    const outcome = await runAgent(pair.node1, 'stop', { params, timeout: 60 });
    expect(outcome).toMatchObject({ code: exit.success });
    expect(outcome.seconds).toBeGreaterThan(5);
    expect(outcome.seconds).toBeLessThan(grace);
    expect(await domains(pair.node1)).toEqual([]);
  });

  it('destroys at once with stop_method=destroy', async () => {
    await started();
    await untilAlive(pair.node1, 'h1');
    const outcome = await runAgent(pair.node1, 'stop', { params: { stop_method: 'destroy' } });
    expect(outcome).toMatchObject({ code: exit.success });
    expect(outcome.seconds).toBeLessThan(grace);
    expect(await domains(pair.node1)).toEqual([]);
  });
});

describe('A toolstack that does not tell', () => {
  const impatient = { timeout: 40, params: { toolstack_timeout: '4' } };

  it('is never taken for a stopped guest while xenstored hangs', async () => {
    await started();
    await untilAlive(pair.node1, 'h1');
    expect(await runAgent(pair.node1, 'monitor', recurring)).toMatchObject({ code: exit.success });
    await pair.node1.must('pkill -STOP -x oxenstored');
    try {
      expect(await runAgent(pair.node1, 'monitor', { ...impatient, interval: 10 })).toMatchObject({
        code: exit.degraded,
      });
      const strict = { ...impatient, params: { ...impatient.params, unknown_tolerance: '0' } };
      expect(await runAgent(pair.node1, 'monitor', { ...strict, interval: 10 })).toMatchObject({ code: exit.generic });
      expect(await runAgent(pair.node1, 'monitor', impatient)).toMatchObject({ code: exit.generic });
      expect(await runAgent(pair.node1, 'stop', impatient)).toMatchObject({
        code: exit.generic,
        reason: expect.stringContaining('fences'),
      });
      expect(await runAgent(pair.node1, 'start', impatient)).toMatchObject({ code: exit.generic });
    } finally {
      await pair.node1.must('pkill -CONT -x oxenstored');
    }
    expect(await runAgent(pair.node1, 'monitor', recurring)).toMatchObject({ code: exit.success });
    expect(await countsOn(pair.node1, 'h1')).toBe(true);
  });

  it('is never taken for a stopped guest while xl lists domains without their names', async () => {
    await started();
    const within = `unshare -m sh -c 'mount -t tmpfs none /run/xenstored; mount --bind /dev/null /dev/xen/xenbus; mount --bind /dev/null /proc/xen/xenbus; exec "$@"' sh`;
    const seen = await pair.node1.must(`${within} xl list`);
    expect(seen).toMatch(/^\(null\) +0 /m);
    for (const action of ['monitor', 'stop', 'start']) {
      const { code } = await runAgent(pair.node1, action, { ...impatient, within });
      expect([exit.generic, exit.degraded], action).toContain(code);
    }
    expect((await domains(pair.node1)).map(runs)).toEqual([true]);
    expect(await lifeOf(pair.node1, 'h1')).toBeDefined();
  });

  it('is never taken for a stopped guest while the hypervisor cannot be asked', async () => {
    await started();
    const within = `unshare -m sh -c 'for file in /dev/xen/privcmd /proc/xen/privcmd /dev/xen/hypercall; do mount --bind /dev/null $file; done; exec "$@"' sh`;
    for (const action of ['monitor', 'stop', 'start']) {
      const { code } = await runAgent(pair.node1, action, { ...impatient, within });
      expect([exit.generic, exit.degraded], action).toContain(code);
    }
    expect((await domains(pair.node1)).map(runs)).toEqual([true]);
  });
});

/** Kills an `xl create` early enough that the domain exists and its guest is not in it. */
async function leaveHalfBuilt(): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    await pair.node1.must(`
      (setsid xl create /etc/xen/h1.cfg >/dev/null 2>&1 </dev/null &)
      for i in $(seq 100); do [ "$(xenstore-list /local/domain | wc -l)" -gt 1 ] && break; done
      pkill -KILL -f '^[^ ]*/bin/xl create'`);
    const [row] = await domains(pair.node1);
    if (row?.name === 'h1' && row.vcpus === 0) return;
    await clearHost(pair.node1);
  }
  throw new Error('xl create was never killed in time');
}
