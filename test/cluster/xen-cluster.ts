import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from './network.ts';
import { startVmCluster, type VmCluster, type VmClusterOptions } from './vm-cluster.ts';

/** A cluster for Xen VMs: each node's `ip_livemigration` is its address on the migration network. */
export interface XenCluster extends VmCluster {
  /** Writes /etc/xen/cluster/VM.cfg, which all nodes share, and returns its path there. */
  writeConfig(vm: string, settings?: Readonly<Record<string, string | number>>): string;
  /** Configures a VM as the README does it. `params` and `meta` come on top; operations replace those of their name. */
  createVm(vm: string, options?: VmOptions): Promise<void>;
}

interface VmOptions {
  readonly agent?: string;
  /** Settings of the VM's configuration file. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, string>>;
  readonly operations?: Readonly<Record<string, string>>;
}

/** Starts a cluster with all that ocf:virt:Xen needs. */
export async function startXenCluster(options: VmClusterOptions): Promise<XenCluster> {
  const cluster = await startVmCluster(options);
  const writeConfig = (vm: string, settings: Readonly<Record<string, string | number>> = {}) => {
    const all = { name: vm, memory: 512, vcpus: 1, type: 'pvh', ...settings };
    const text = Object.entries(all).map(
      ([key, value]) => `${key} = ${typeof value === 'number' ? value : `"${value}"`}\n`,
    );
    mkdirSync(join(cluster.sharedFolder, 'configs'), { recursive: true });
    writeFileSync(join(cluster.sharedFolder, 'configs', `${vm}.cfg`), text.join(''));
    return `/etc/xen/cluster/${vm}.cfg`;
  };
  try {
    for (const [index, { name }] of cluster.nodes.entries()) {
      const attribute = ['--type', 'nodes', '--node', name, '--name', 'ip_livemigration'];
      await cluster.anyNode().run(['crm_attribute', ...attribute, '--update', addressOf(index + 1, 'migration')]);
    }
  } catch (error) {
    await cluster.down();
    throw error;
  }
  return {
    ...cluster,
    writeConfig,
    createVm: (vm, { agent = 'ocf:virt:Xen', settings, params, meta, operations } = {}) =>
      cluster.configure(vm, {
        agent,
        params: { xmfile: writeConfig(vm, settings), node_ip_attribute: 'ip_livemigration', ...params },
        meta,
        operations,
      }),
  };
}
