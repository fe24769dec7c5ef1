import { addressOf } from '../network.ts';
import { operator, type Stage } from './stage.ts';

/** Configures two VMs word for word as an administrator's notes on Xen, iSCSI and Pacemaker have it. */
export async function configureAndStart(stage: Stage, vms: readonly string[]): Promise<void> {
  const { cluster, screen, timeline } = stage;
  for (const [index, { name }] of cluster.nodes.entries()) {
    screen.note(
      `${name} receives live migrations on ${addressOf(index + 1, 'migration')} (crm_attribute ip_livemigration)`,
    );
  }
  for (const vm of vms) {
    const since = Date.now();
    const file = cluster.writeConfig(vm, { sim_boot_seconds: 1 });
    await operator(
      stage,
      ...['crm', 'configure', 'primitive', vm, 'ocf:virt:Xen'],
      ...['params', `xmfile=${file}`, 'node_ip_attribute=ip_livemigration'],
      ...['op', 'monitor', 'interval=30s', 'timeout=30s'],
      ...['op', 'migrate_from', 'timeout=600s', 'op', 'migrate_to', 'timeout=600s'],
      ...['op', 'start', 'timeout=90s', 'op', 'stop', 'timeout=90s'],
      ...['meta', 'target-role=started', 'allow-migrate=true'],
    );
    const host = await cluster.waitRunning(vm);
    timeline.add(Date.now(), host, `${vm} started`, (Date.now() - since) / 1000);
    screen.note(`${vm} runs on ${host}`);
  }
}
