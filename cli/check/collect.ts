import { ownNodeName } from '../../lib/cluster/self.ts';
import { readStatus } from '../../lib/cluster/status.ts';
import { failed } from '../../lib/ocf/error.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { nodeNames, readClusterConfiguration, surveyNodes } from '../cluster-nodes.ts';
import type { Tools } from '../command.ts';
import type { CheckRequest, ClusterFacts } from './check.ts';
import { vmsOf } from './read.ts';

/**
 * Asks Pacemaker and the nodes for all that the checks look at.
 *
 * @throws OcfError when Pacemaker does not answer on this node.
 */
export async function collectFacts(
  tools: Tools,
  { seconds, allNodes, measuredRate }: { seconds: number; allNodes: boolean; measuredRate: number | undefined },
): Promise<ClusterFacts> {
  const { runner, clock } = tools;
  const [cib, status] = await Promise.all([
    readClusterConfiguration(tools, seconds),
    readStatus(runner, fromNow(seconds * 1000, clock)),
  ]);
  const self = ownNodeName(runner, fromNow(seconds * 1000, clock));
  if (self === undefined) throw failed('this node has no name in the cluster', 'run ocf-virt check on a cluster node');
  const members = nodeNames(cib);
  const vms = vmsOf(cib);
  const attributes = new Set(vms.flatMap(({ parameters }) => parameters['node_ip_attribute'] ?? []));
  const addresses = cib.nodes.flatMap((node) =>
    [...attributes].flatMap((name) => node.attributes[name] ?? node.transient[name] ?? []),
  );
  const request: CheckRequest = {
    host: {},
    network: {},
    services: {},
    ssh: { addresses: [...new Set([...(allNodes ? members : []), ...addresses])] },
    vmConfigs: { files: [...new Set(vms.map(({ file }) => file))] },
  };
  const askedMs = Date.now();
  const times = new Map<string, { askedMs: number; answeredMs: number }>();
  const answers = await surveyNodes(allNodes ? members : [self], request, {
    tools,
    seconds,
    onAnswer: (node) => times.set(node, { askedMs, answeredMs: Date.now() }),
  });
  return { cib, status, answers, times, measuredRate, isComplete: allNodes || members.length === 1 };
}
