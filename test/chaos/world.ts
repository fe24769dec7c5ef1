import { writeFileSync } from 'node:fs';
import type { ClusterNode } from '../cluster/cluster.ts';
import type { Outcome } from '../cluster/machine.ts';
import { createVmwareVm } from '../cluster/vmware-vms.ts';
import { watchVms } from '../cluster/watch-vms.ts';
import { startXenCluster, type XenCluster } from '../cluster/xen-cluster.ts';
import { nodeClock } from './node-clock.ts';
import type { Scene } from './steps.ts';

/** How the cluster is set up; all but the first are what nobody should do. */
export const setUps = {
  fencing: {},
  'without-fencing': { 'stonith-enabled': 'false' },
  'ignore-quorum': { 'no-quorum-policy': 'ignore' },
  'without-fencing-ignore-quorum': { 'stonith-enabled': 'false', 'no-quorum-policy': 'ignore' },
} as const;
export type SetUp = keyof typeof setUps;

/** The cluster that suffers. */
export interface World {
  readonly cluster: XenCluster;
  readonly scene: Scene;
  readonly setUp: SetUp;
  /** Runs a shell command on a node; when the node is off or goes off, the answer says so. */
  onNode(node: string, command: string, seconds?: number): Promise<Outcome>;
  /** A node that works, where an operator would sit. */
  operator(): ClusterNode;
  /** As long as something works on a node that makes it useless to an operator. */
  inTrouble<T>(node: string, work: () => Promise<T>): Promise<T>;
}

/** The VMs, as many as matter: each kind of toolstack, and of migration. */
export const sceneOf = (nodes: number): Scene => ({
  nodes: Array.from({ length: nodes }, (_, index) => `node${index + 1}`),
  xen: ['vm01', 'vm02', 'vm03', 'vm04'],
  vmware: ['vm05', 'vm06', 'vm07'],
});

/** Starts the cluster with its VMs, and returns when all run. */
export async function startWorld(name: string, nodes: number, setUp: SetUp): Promise<World> {
  const scene = sceneOf(nodes);
  const cluster = await startXenCluster({ name, nodes, tokenMs: 2000, ...nodeClock() });
  try {
    const settings = Object.entries(setUps[setUp]).map(([key, value]) => `${key}=${value}`);
    if (settings.length > 0) await cluster.crm('configure', 'property', ...settings);
    await watchVms(cluster);
    const operations = { monitor: 'interval=8s timeout=30s' };
    const quick = { toolstack_timeout: '3', unknown_tolerance: '1' };
    const meta = { 'multiple-active': 'stop_unexpected' };
    await cluster.createVm('vm01', { operations, meta, settings: { memory: 256 } });
    // Some five seconds of migration.
    const slow = { memory: 512, sim_migrate_mib_per_second: 100 };
    await cluster.createVm('vm02', { operations, meta, params: quick, settings: slow });
    await cluster.createVm('vm03', {
      operations,
      meta: { 'allow-migrate': 'false' },
      params: { shutdown_timeout: '4' },
      settings: { memory: 256, sim_shutdown: 'ignore' },
    });
    await cluster.createVm('vm04', {
      operations,
      meta,
      params: quick,
      settings: { memory: 256, sim_create_seconds: 2 },
    });
    for (const [vm, toolstack] of [
      ['vm05', 'vmware-vim-cmd'],
      ['vm06', 'vmware-cmd'],
      ['vm07', 'vmrun'],
    ] as const) {
      const times = { 'sim.suspendSeconds': 1, 'sim.resumeSeconds': 1 };
      const { here } = await createVmwareVm(cluster, vm, { toolstack, operations, params: quick, settings: times });
      // `ocf-virt migrate` and `drain` look for it.
      writeFileSync(here.replace(/vmx$/, 'vmdk'), '');
    }
    for (const vm of [...scene.xen, ...scene.vmware]) await cluster.waitRunning(vm, { seconds: 60 });
  } catch (error) {
    await cluster.down();
    throw error;
  }
  const troubles = new Map<string, number>();
  return {
    cluster,
    scene,
    setUp,
    onNode: async (node, command, seconds = 30) => {
      try {
        return await cluster.node(node).exec(['sh', '-c', command], { timeout: seconds * 1000 });
      } catch (error) {
        return { code: 255, stdout: '', stderr: String(error) };
      }
    },
    operator: () => {
      const working = cluster.nodes.find(({ name: node, isOn }) => isOn && !troubles.get(node));
      return working ?? cluster.anyNode();
    },
    inTrouble: async (node, work) => {
      troubles.set(node, (troubles.get(node) ?? 0) + 1);
      try {
        return await work();
      } finally {
        troubles.set(node, (troubles.get(node) ?? 0) - 1);
      }
    },
  };
}
