import { chmodSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeVm } from '../sim/vmware/control.ts';
import type { VmCluster } from './vm-cluster.ts';

export const toolstacks = ['vmware-cmd', 'vmware-vim-cmd', 'vmrun'] as const;
type Toolstack = (typeof toolstacks)[number];

interface VmwareVm {
  readonly toolstack?: Toolstack;
  /** Settings of the .vmx; see test/sim/vmware/README.md. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, string>>;
  readonly operations?: Readonly<Record<string, string>>;
}

/**
 * Makes the folder of a VMware VM on the storage that all nodes share, and returns the path of its .vmx: in `here` as this
 * machine sees it, in `there` as the nodes do. The datastore has a blank in its name, as VMware's own default.
 */
export function makeVmx(cluster: VmCluster, vm: string, settings: VmwareVm['settings'] = {}) {
  const here = writeVm(join(cluster.sharedFolder, 'Virtual Machines'), vm, { 'uuid.action': 'keep', ...settings });
  // VMware Server 1 wants it executable.
  chmodSync(here, 0o755);
  return { here, there: join('/shared', relative(cluster.sharedFolder, here)) };
}

/** Makes a VMware VM and configures it as the README does it; `params` and `meta` come on top. */
export async function createVmwareVm(
  cluster: VmCluster,
  vm: string,
  { toolstack = 'vmware-vim-cmd', settings, params, meta, operations }: VmwareVm = {},
) {
  const vmx = makeVmx(cluster, vm, settings);
  await cluster.configure(vm, {
    agent: 'ocf:virt:VMware',
    params: { vmxpath: vmx.there, toolstack, ...params },
    meta,
    operations,
  });
  return vmx;
}

/** Gives a node other processors until it boots: a VM that was suspended on others does not resume there. */
export async function setProcessors(cluster: VmCluster, node: string, cpu: string): Promise<void> {
  const file = '/run/ocf-virt-sim/config.json';
  const settings: object = JSON.parse(await cluster.node(node).run(['cat', file]));
  await cluster.node(node).run(['tee', file], { input: JSON.stringify({ ...settings, cpu }) });
}
