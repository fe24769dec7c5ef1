import { type Cib, readCib } from '../../lib/cluster/cib.ts';
import { readStatus, type Status } from '../../lib/cluster/status.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import type { NodeAnswer } from '../../lib/survey/ask-nodes.ts';
import type { VmsFacts, VmsOptions } from '../../lib/survey/vms.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { nodeNames, surveyNodes } from '../cluster-nodes.ts';
import type { Tools } from '../command.ts';
import { isAlive, type NodeView, type VmView, viewVms } from './compare.ts';
import { type Belief, beliefs, surveyOptions, vmResources } from './vm-resources.ts';

/** What the hypervisors of all nodes and the cluster say. */
interface Look {
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly vms: readonly VmView[];
  /** Why the cluster said nothing. */
  readonly clusterProblem: string | undefined;
}

/**
 * Asks everybody, within `seconds` all in all.
 *
 * A VM that migrates while the nodes answer may be seen at both ends. So what runs twice is looked at once more, as far
 * as the time goes.
 */
export async function lookEverywhere(
  tools: Tools,
  { seconds, only }: { readonly seconds: number; readonly only: readonly string[] | undefined },
): Promise<Look> {
  const deadline = fromNow(seconds * 1000, tools.clock);
  const cluster = await askCluster(tools, deadline.within((seconds * 1000) / 2));
  const resources = 'cib' in cluster ? vmResources(cluster.cib) : [];
  const names = only ?? ('cib' in cluster ? nodeNames(cluster.cib) : []);
  const options = 'cib' in cluster ? surveyOptions(cluster.cib, resources) : {};
  const views = await viewNodes(names, options, cluster, tools, deadline);
  const believed = (answers: Views, status: Status | undefined): readonly Belief[] =>
    beliefs(resources, status?.resources ?? [], answers.facts);
  const status = 'cib' in cluster ? cluster.status : undefined;
  const vms = viewVms(views.nodes, believed(views, status));
  const clusterProblem = 'problem' in cluster ? cluster.problem : undefined;
  const doubtful = nodesOfDoubles(vms);
  if (doubtful.length === 0 || deadline.remaining() < 500) return { nodes: views.nodes, vms, clusterProblem };
  const again = await viewNodes(doubtful, options, cluster, tools, deadline);
  const answered = [...again.nodes].filter(([, view]) => view.kind === 'answered');
  const nodes = new Map([...views.nodes, ...answered]);
  return { nodes, vms: viewVms(nodes, believed(views, status)), clusterProblem };
}

const nodesOfDoubles = (vms: readonly VmView[]) => {
  const doubles = vms.map(({ places }) => places.filter(isAlive)).filter((places) => places.length > 1);
  return [...new Set(doubles.flat().map(({ node }) => node))];
};

type Cluster = { readonly cib: Cib; readonly status: Status } | { readonly problem: string };

async function askCluster({ runner }: Tools, deadline: Deadline): Promise<Cluster> {
  try {
    const [cib, status] = await Promise.all([readCib(runner, deadline), readStatus(runner, deadline)]);
    return { cib, status };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

interface Views {
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly facts: readonly VmsFacts[];
}

async function viewNodes(
  names: readonly string[],
  options: VmsOptions,
  cluster: Cluster,
  tools: Tools,
  deadline: Deadline,
): Promise<Views> {
  const answers = await surveyNodes(names, { vms: options }, { tools, seconds: deadline.remaining() / 1000 });
  const facts = (answer: NodeAnswer<{ vms: VmsOptions }>) =>
    answer.kind === 'answered' && 'facts' in answer.facts.vms ? answer.facts.vms.facts : undefined;
  const isKnownDown = (name: string) => {
    const known = 'status' in cluster ? cluster.status.nodes.find((node) => node.name === name) : undefined;
    return known !== undefined && !known.online && !known.unclean;
  };
  const view = (name: string, answer: NodeAnswer<{ vms: VmsOptions }>): NodeView => {
    const told = facts(answer);
    if (told !== undefined) return { kind: 'answered', vms: told.vms, toolstacks: told.toolstacks };
    const why = answer.kind === 'silent' ? answer.why : 'problem' in answer.facts.vms ? answer.facts.vms.problem : '';
    return { kind: 'silent', why, isKnownDown: answer.kind === 'silent' && isKnownDown(name) };
  };
  return {
    nodes: new Map([...answers].map(([name, answer]) => [name, view(name, answer)])),
    facts: [...answers.values()].map(facts).filter((one) => one !== undefined),
  };
}
