import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { execa } from 'execa';
import { runFolder } from './cache.ts';
import { tellQemu } from './qmp.ts';
import type { HostNumber, Rack } from './rack.ts';

export const networks = ['cluster', 'migration'] as const;
export type Network = (typeof networks)[number];

const switchProgram = resolve(import.meta.dirname, 'power-switch.sh');
const consoleFile = (number: HostNumber) => join(runFolder, `node${number}.console`);
const pidFile = (number: HostNumber) => join(runFolder, `node${number}.pid`);
const diskFile = (number: HostNumber) => join(runFolder, `node${number}.qcow2`);
const monitor = (rack: Rack, number: HostNumber) => join(rack.sockets, `node${number}.qmp`);

/** Everything that a host has written to its console since its last power-on. */
export function consoleOf(number: HostNumber): string {
  return existsSync(consoleFile(number)) ? readFileSync(consoleFile(number), 'utf8') : '';
}

/** The process of a host's QEMU; undefined when its power is off. A process that only inherited the id is not it. */
export function qemuOf(number: HostNumber): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(number), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(diskFile(number)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Switches a host on. Its disk is as it was when the power went; a first power-on gets a fresh one. */
export async function powerOn(rack: Rack, number: HostNumber): Promise<void> {
  if (qemuOf(number) !== undefined) return;
  const disk = diskFile(number);
  if (!existsSync(disk)) {
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', join(rack.image, 'disk.img'), disk]);
  }
  rmSync(monitor(rack, number), { force: true });
  writeFileSync(consoleFile(number), '');
  const output = openSync(join(runFolder, `node${number}.qemu`), 'w');
  const qemu = spawn('qemu-system-x86_64', qemuArguments(rack, number), {
    detached: true,
    stdio: ['ignore', output, output],
  });
  writeFileSync(pidFile(number), String(qemu.pid));
  qemu.unref();
}

/** Cuts the power of a host: nothing in it hears of it. Returns when it is off. */
export async function powerOff(rack: Rack, number: HostNumber): Promise<void> {
  const pid = qemuOf(number);
  if (pid === undefined) return;
  // "quit" and not a kill: QEMU's own cache of the disk image must reach the file.
  await tellQemu(monitor(rack, number), 'quit').catch(() => {});
  for (let tries = 0; qemuOf(number) !== undefined; tries++) {
    if (tries === 100) kill(pid);
    await later(100);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

/** Plugs or unplugs a host's cable to one network. */
export async function setLink(rack: Rack, number: HostNumber, network: Network, up: boolean): Promise<void> {
  await tellQemu(monitor(rack, number), 'set_link', { name: network, up });
}

/*
 * -smap, -smep, -la57: with them domain 0 dies at its first return to user space under emulation.
 * -xsave, -avx…: with them bulk data over ssh breaks and xl gets general protection faults.
 * -rdtscp: QEMU reports the intercepted instruction as another one, and Xen crashes a PVH guest.
 */
const cpu = 'max,-smap,-smep,-la57,-xsave,-avx,-avx2,-fma,-f16c,-rdtscp';

function qemuArguments(rack: Rack, number: HostNumber): string[] {
  const { image, sshPorts, networkPort } = rack;
  const card = (name: string, kind: number) =>
    `virtio-net-pci,id=${name}-card,netdev=${name},mac=52:54:00:00:0${kind}:0${number},romfile=`;
  const outside = [
    'user,id=outside,restrict=on',
    `hostfwd=tcp:127.0.0.1:${sshPorts[number]}-:22`,
    // A connection to this address from within the host runs the power switch out here, for fencing.
    `guestfwd=tcp:10.0.2.100:4000-cmd:${switchProgram.replaceAll(',', ',,')}`,
  ].join(',');
  const kernel = `${join(image, 'vmlinux')} console=hvc0 mitigations=off nokaslr audit=0 apparmor=0 quiet loglevel=4 panic=1 node=${number}`;
  return [
    ...['-name', `node${number}`, '-machine', 'q35', '-accel', 'tcg,thread=multi,tb-size=512', '-cpu', cpu],
    ...['-m', '1536', '-smp', '1', '-no-reboot', '-display', 'none', '-vga', 'none'],
    ...['-kernel', join(image, 'xen'), '-initrd', `${kernel},${join(image, 'initrd')}`, '-append', xenCommandLine],
    ...['-drive', `file=${diskFile(number)},if=virtio,format=qcow2,cache=unsafe`],
    ...['-netdev', outside, '-device', card('outside', 0)],
    ...networks.flatMap((network, index) => [
      ...['-netdev', `socket,id=${network},mcast=230.77.0.${index + 1}:${networkPort + index},localaddr=127.0.0.1`],
      ...['-device', card(network, index + 1)],
    ]),
    ...['-qmp', `unix:${monitor(rack, number)},server=on,wait=off`],
    ...['-chardev', `file,id=console,path=${consoleFile(number)}`, '-serial', 'chardev:console'],
  ];
}

const xenCommandLine =
  'com1=115200,8n1 console=com1 dom0_mem=900M,max:900M dom0_max_vcpus=1 spec-ctrl=no xpti=no sched=credit ucode=no watchdog=0';
