import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './world.ts';

const logs = ['pacemaker/pacemaker.log', 'corosync/corosync.log', 'ocf-virt/history.jsonl', 'ocf-virt/vmwatch.log'];

/**
 * Puts aside what tells of a failure: the logs of all nodes, and what the hypervisors wrote down.
 *
 * @param name of the run.
 * @returns the folder.
 */
export function keepEvidence({ cluster }: World, name: string): string {
  const folder = `.cache/chaos/evidence-${name}-${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}`;
  for (const { name, log } of cluster.nodes) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const file of logs) writeFileSync(join(folder, name, file.replace(/.*\//, '')), log(file, 100_000));
  }
  copyFileSync(join(cluster.sharedFolder, 'truth.jsonl'), join(folder, 'truth.jsonl'));
  return folder;
}
