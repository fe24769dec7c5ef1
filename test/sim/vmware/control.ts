import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createSimHost, processesOf, removeSimHost, type SimHost } from '../control.ts';
import type { Host } from '../host.ts';
import { type Entry, inventoryXml } from './inventory.ts';
import { memberText } from './locks.ts';
import { machineId } from './machine-id.ts';
import type { VmwareHost } from './settings.ts';
import { readVmx, setting } from './vmx.ts';

/**
 * Makes a host with VMware; `shared` is the folder that the hosts of a cluster share, with the VMs in its folder `vms`,
 * which is the datastore `standard`.
 */
export function createVmwareHost(options: {
  readonly bin: string;
  readonly name: string;
  readonly shared: string;
  readonly settings?: Partial<VmwareHost & Host>;
}): SimHost {
  const { bin, name, shared } = options;
  const settings: Partial<VmwareHost> = {
    datastores: { standard: join(shared, 'vms') },
    ethernet: `00:50:56:00:00:${name.charCodeAt(name.length - 1).toString(16)}`,
    ...options.settings,
  };
  return createSimHost({ bin, name, shared, settings: settings as Partial<Host> });
}

/** Makes a folder for a VM with its .vmx in it, and returns the path of that. Times are short unless given. */
export function writeVm(
  shared: string,
  name: string,
  settings: Readonly<Record<string, string | number>> = {},
): string {
  const vmx = join(shared, 'vms', name, `${name}.vmx`);
  const all = {
    '.encoding': 'UTF-8',
    'config.version': 8,
    'virtualHW.version': 7,
    displayName: name,
    guestOS: 'otherlinux',
    memsize: 64,
    'ide0:0.present': 'TRUE',
    'ide0:0.fileName': `${name}.vmdk`,
    'sim.startSeconds': 0.02,
    'sim.bootSeconds': 0,
    'sim.shutdownSeconds': 0.05,
    'sim.suspendSeconds': 0.05,
    'sim.resumeSeconds': 0.05,
    ...settings,
  };
  mkdirSync(dirname(vmx), { recursive: true });
  const line = ([key, value]: [string, string | number]) =>
    `${key} = "${String(value).replaceAll('|', '|7C').replaceAll('"', '|22')}"\n`;
  writeFileSync(vmx, Object.entries(all).map(line).join(''));
  return vmx;
}

/** Writes the inventory of a host by hand: for a VM that is registered twice, or whose file is gone. */
export function writeInventoryOf(host: SimHost, entries: readonly Entry[]): void {
  const file = join(host.dir, 'etc-vmware/hostd/vmInventory.xml');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, inventoryXml(entries));
}

/** The value of a key in a .vmx. */
export function vmxValue(vmx: string, key: string): string | undefined {
  return setting(readVmx(vmx), key);
}

/** The processes of a VM on a host. */
export function vmProcesses(host: SimHost, vmx: string): number[] {
  return processesOf(host, /^\/usr\/lib\/vmware\/bin\/vmware-vmx /).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(vmx),
  );
}

/** Kills the process of a VM: it crashes, and its locks stay. */
export function crashVm(host: SimHost, vmx: string): void {
  for (const pid of vmProcesses(host, vmx)) process.kill(pid, 'SIGKILL');
}

/** Lets a host die with everything on it, as a power failure does. Its locks stay; the next boot knows nothing. */
export function crashHost(host: SimHost): void {
  killAll(host);
  for (const entry of ['vmware.json', 'state.json', 'vmware-vmx', 'vmware.lock']) {
    rmSync(join(host.dir, entry), { recursive: true, force: true });
  }
}

/** Ends a host: whatever runs on it dies, its folder goes. */
export function removeVmwareHost(host: SimHost): void {
  killAll(host);
  removeSimHost(host);
}

/** The watchers go first: they would start a command for each VM that dies. */
function killAll(host: SimHost): void {
  for (const which of [/^(\/bin\/)?sh /, /./]) {
    for (let left = processesOf(host, which); left.length > 0; left = processesOf(host, which)) {
      for (const pid of left) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
      }
    }
  }
}

/** The members of the locks of a VM, by the name of the file that each locks. */
export function locksOf(vmx: string): Record<string, string[]> {
  const folder = dirname(vmx);
  const folders = readdirSync(folder).filter((name) => name.endsWith('.lck'));
  return Object.fromEntries(folders.map((name) => [basename(name, '.lck'), readdirSync(join(folder, name))]));
}

/** Writes a lock that another host, or a process of this one, holds on a file. */
export function plantLock(
  file: string,
  by: { readonly machineName: string; readonly ethernet?: string; readonly pid?: number; readonly start?: string },
): string {
  const member = join(`${file}.lck`, 'M00760.lck');
  mkdirSync(dirname(member), { recursive: true });
  const owner = { pid: by.pid ?? 4711, start: by.start ?? '123456' };
  writeFileSync(member, memberText(file, owner, 1, machineId(by.machineName, by.ethernet ?? null)));
  return member;
}

/** A folder for PATH that holds only these of the simulated tools. */
export function binWith(bin: string, ...tools: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'ocf-virt-sim-bin-'));
  for (const tool of tools) symlinkSync(join(bin, 'ocf-virt-sim'), join(folder, tool));
  return folder;
}
