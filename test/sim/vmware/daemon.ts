import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { now } from '../clock.ts';
import { stateDir } from '../host.ts';
import { memoryHost } from '../memory-host.ts';
import { identify, type ProcessId, selfCommand } from '../process.ts';
import { writeDatastores } from './inventory.ts';
import type { Product } from './vm.ts';

const folder = join(stateDir, 'vmware-vmx');
const programs = '/usr/lib/vmware/bin';
const products: Record<Product, string> = {
  ws: 'product=1;name=VMware Workstation;version=17.5.2;buildnumber=23775571;',
  player: 'product=6;name=VMware Player;version=17.5.2;buildnumber=23775571;',
  server1: 'product=2;name=VMware Server;version=1.0.10;buildnumber=203137;',
  server2: 'product=2;name=VMware Server;version=2.0.2;buildnumber=203138;',
};

/**
 * A shell that blocks for ever and reads its script from the standard input, so that its command line is that of a
 * vmware-vmx. A signal that can be caught powers the VM off in order; it says so by a file.
 */
const script = `exec 4<>never
off=$PWD/off.$$
cd /
trap 'echo >"$off"; exit 0' TERM INT HUP
read -r forever <&4
`;

/**
 * Starts the process of a VM, and a watcher that looks at the state as soon as it ends: both hold the two ends of a
 * pipe. vmrun of Workstation starts it in the session of its caller; a signal to that one's process group reaches it.
 */
export function startProcess(path: string, product: Product): ProcessId {
  const memory = memoryHost();
  if (memory) return memory.startVm(path, product);
  const shell = shellNamed('vmware-vmx');
  const pipe = join(folder, `life.${process.pid}`);
  execFileSync('mkfifo', [pipe]);
  const life = openSync(pipe, constants.O_RDWR);
  const end = openSync(pipe, constants.O_RDONLY);
  const input = openSync(join(folder, 'script'), 'r');
  rmSync(pipe);
  const args = ['-s', 'vmx.stdio.keep=TRUE', '-#', products[product], '-@', 'duplex=3;msgs=ui', path];
  const detached = product.startsWith('server');
  const child = spawn(shell, args, {
    argv0: `${programs}/vmware-vmx`,
    cwd: folder,
    detached,
    stdio: [input, 'ignore', 'ignore', life],
  });
  child.on('error', () => {});
  child.unref();
  // The pipe has no writer left when the process has ended.
  const watcher = spawn(
    '/bin/sh',
    ['-c', 'read -r end; exec "$@" "$(date +%s%3N)"', 'sh', ...selfCommand(), 'vmware-settle'],
    { cwd: '/', detached: true, stdio: [end, 'ignore', 'ignore'] },
  );
  watcher.on('error', () => {});
  watcher.unref();
  for (const fd of [life, end, input]) closeSync(fd);
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (!id) throw new Error('vmware-vmx does not start');
  return id;
}

/**
 * `ocf-virt-sim vmware-hostd` writes the file of the datastores, and starts a process that only looks like the service:
 * some agents ask `pidof` for it.
 */
export function startHostd(): number {
  writeDatastores();
  const shell = shellNamed('vmware-hostd');
  const input = openSync(join(folder, 'script'), 'r');
  const argv0 = `${programs}/vmware-hostd`;
  const args = ['-s', '/etc/vmware/hostd/config.xml'];
  const child = spawn(shell, args, { argv0, cwd: folder, detached: true, stdio: [input, 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.unref();
  return 0;
}

/** A shell by another name, with what its script needs. */
function shellNamed(name: string): string {
  const shell = join(folder, name);
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'never'))) execFileSync('mkfifo', [join(folder, 'never')], { stdio: 'ignore' });
  writeFileSync(join(folder, 'script'), script);
  if (!existsSync(shell)) symlinkSync('/bin/sh', shell);
  return shell;
}

/** Whether a process that has ended powered its VM off before, because of a signal. */
export function endedInOrder({ pid }: ProcessId): boolean {
  if (memoryHost()) return false;
  const note = join(folder, `off.${pid}`);
  const noted = existsSync(note);
  if (noted) rmSync(note);
  return noted;
}

/** Looks at the state again when the next thing comes due. */
export function startTimer(at: number): { process: ProcessId; at: number } | null {
  const seconds = Math.max(at - now() + 1, 1) / 1000;
  const command = [...selfCommand(), 'vmware-settle'];
  const child = spawn('/bin/sh', ['-c', 'sleep "$0"; exec "$@"', seconds.toFixed(3), ...command], {
    detached: true,
    cwd: '/',
    stdio: 'ignore',
  });
  child.on('error', () => {});
  child.unref();
  const process = child.pid === undefined ? undefined : identify(child.pid);
  return process ? { process, at } : null;
}
