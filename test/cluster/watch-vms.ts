import type { VmCluster } from './vm-cluster.ts';
import { waitUntil } from './wait-until.ts';

/** Runs ocf:virt:VMWatch on every node, and returns when it does. */
export async function watchVms(cluster: VmCluster): Promise<void> {
  await cluster.crm(
    'configure',
    'primitive',
    'watch',
    'ocf:virt:VMWatch',
    'op',
    'monitor',
    'interval=5s',
    'timeout=20s',
  );
  await cluster.crm('configure', 'clone', 'watches', 'watch');
  await waitUntil('VMWatch runs on every node', 30, async () => {
    const running = (await cluster.status())?.resources.filter(
      ({ id, role }) => /^watch(:\d+)?$/.test(id) && role === 'Started',
    );
    return running?.length === cluster.nodes.length;
  });
  await cluster.waitOnline();
}
