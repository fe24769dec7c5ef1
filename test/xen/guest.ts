import { setTimeout as later } from 'node:timers/promises';
import { type Host, quote } from './host.ts';

/** Settings of a guest's configuration in xl's syntax, quotes included. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Writes /etc/xen/NAME.cfg: a PVH guest, because Debian's Xen cannot live-migrate a PV one (it is built without shadow
 * paging). 96 MB are enough for it, with 80 it panics. Its ACPI must be on, else it will not suspend.
 */
export async function writeGuest(host: Host, name: string, settings: Settings = {}): Promise<void> {
  const all: Settings = {
    name: `"${name}"`,
    type: '"pvh"',
    kernel: '"/guest/vmlinux"',
    ramdisk: '"/guest/initrd"',
    extra: '"console=hvc0 quiet mitigations=off sysrq_always_enabled=1"',
    memory: '96',
    vcpus: '1',
    on_poweroff: '"destroy"',
    on_reboot: '"restart"',
    on_crash: '"destroy"',
    ...settings,
  };
  const text = Object.entries(all).map(([key, value]) => `${key} = ${value}\n`);
  await host.writeFile(`/etc/xen/${name}.cfg`, text.join(''));
}

/** One row of `xl list`, read with as little trust in the product's own parser as possible. */
export interface Row {
  readonly name: string;
  readonly id: number;
  readonly vcpus: number;
  readonly state: string;
}

/** The domains of a host but domain 0. */
export async function domains(host: Host): Promise<Row[]> {
  const list = await host.must('timeout 20 xl list');
  return [...list.matchAll(/^(.+?) +(\d+) +\d+ +(\d+) +([-a-z]{6}) /gm)]
    .map(([, name = '', id, vcpus, state = '']) => ({ name, id: Number(id), vcpus: Number(vcpus), state }))
    .filter(({ id }) => id !== 0);
}

/** The domain id of a guest; undefined when no domain has exactly that name. */
export async function idOf(host: Host, name: string): Promise<number | undefined> {
  return (await domains(host)).find((row) => row.name === name)?.id;
}

/** Whether a row is a guest that the hypervisor runs: neither paused, nor ended, nor half built. */
export function runs({ vcpus, state }: Row): boolean {
  return vcpus > 0 && /^[-rb]{6}$/.test(state);
}

/** What the guest counts on its console: which boot of it this is, and how far it has come. */
export interface Life {
  readonly boot: string;
  readonly tick: number;
}

/** The guest's last words; undefined when it says nothing for half a minute: a busy host lets it speak slowly. */
export async function lifeOf(host: Host, name: string): Promise<Life | undefined> {
  for (const seconds of [2, 4, 8, 16]) {
    const { stdout } = await host.run(`timeout ${seconds} xl console ${quote(name)} </dev/null`);
    const last = [...stdout.matchAll(/boot (\w+) tick (\d+)\r?\n/g)].at(-1);
    if (last !== undefined) return { boot: last[1] ?? '', tick: Number(last[2]) };
    if ((await idOf(host, name)) === undefined) return undefined;
  }
  return undefined;
}

/** Returns when the guest counts. */
export async function untilAlive(host: Host, name: string, timeoutSeconds = 120): Promise<Life> {
  const end = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < end) {
    const life = await lifeOf(host, name);
    if (life !== undefined && life.tick > 1) return life;
    await later(500);
  }
  throw new Error(`${name} does not count on ${host.name}:\n${(await host.run('xl list')).stdout}`);
}

/** Whether the guest counts on: its console does so by itself, so the number has to grow. */
export async function countsOn(host: Host, name: string): Promise<boolean> {
  const first = await lifeOf(host, name);
  for (let tries = 0; tries < 5; tries++) {
    const next = await lifeOf(host, name);
    if (first === undefined || next === undefined || next.boot !== first.boot) return false;
    if (next.tick > first.tick) return true;
  }
  return false;
}

/** Removes every guest, everything held and every fault from a host, whatever a test has left there. */
export async function clearHost(host: Host): Promise<void> {
  await host.setLink('migration', true);
  await host.setLink('cluster', true);
  await host.must(`
    pkill -CONT -x oxenstored
    rm -rf /run/hold-migration /run/resource-agents/* /run/ocf-virt
    pkill -KILL -f '^[^ ]*python3 [^ ]*hold-migration'
    pkill -KILL -f '^[^ ]*/bin/xl (migrate|save|create)'
    sleep 0.3
    for id in $(xl list | awk 'NR > 1 && $(NF-4) > 0 { print $(NF-4) }'); do timeout 20 xl destroy $id; done
    true`);
}
