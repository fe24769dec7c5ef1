import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSim } from '../sim/build.ts';
import { type Outcome, runOn, type SimHost } from '../sim/control.ts';
import { createVmwareHost, removeVmwareHost, writeVm } from '../sim/vmware/control.ts';

/** A simulated host with VMware, and the tools on it. */
export interface Node {
  readonly host: SimHost;
  readonly shared: string;
  readonly cmd: (...args: string[]) => Promise<Outcome>;
  readonly vim: (...args: string[]) => Promise<Outcome>;
  readonly run: (...args: string[]) => Promise<Outcome>;
  /** Makes a VM in the shared folder, registered here. */
  readonly vm: (name: string, settings?: Readonly<Record<string, string | number>>) => Promise<string>;
}

let built: Promise<string> | undefined;

type Settings = NonNullable<Parameters<typeof createVmwareHost>[0]['settings']>;

/** Runs something on two hosts, node1 and node2, that share a folder with VMs; nothing of them is left. */
export async function withNodes(
  work: (node1: Node, node2: Node) => Promise<void>,
  settings: Settings = {},
  settings2: Settings = settings,
): Promise<void> {
  built ??= buildSim('.cache/sim');
  const bin = join(await built, '..');
  const shared = mkdtempSync(join(tmpdir(), 'ocf-virt-sim-shared-'));
  mkdirSync(join(shared, 'vms'));
  const nodes = [settings, settings2].map((one, index) => {
    return nodeOf(createVmwareHost({ bin, name: `node${index + 1}`, shared, settings: one }), shared);
  });
  try {
    await work(...(nodes as [Node, Node]));
  } finally {
    for (const { host } of nodes) removeVmwareHost(host);
    rmSync(shared, { recursive: true, force: true, maxRetries: 3 });
  }
}

function nodeOf(host: SimHost, shared: string): Node {
  const cmd = (...args: string[]) => runOn(host, 'vmware-cmd', ...args);
  const vim = (...args: string[]) => runOn(host, 'vmware-vim-cmd', ...args);
  const run = (...args: string[]) => runOn(host, 'vmrun', ...args);
  const vm: Node['vm'] = async (name, settings) => {
    const vmx = writeVm(shared, name, settings);
    await cmd('-s', 'register', vmx);
    return vmx;
  };
  return { host, shared, cmd, vim, run, vm };
}
