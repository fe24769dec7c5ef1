import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import type { Runner } from '../system/runner.ts';
import { complaintIn } from './complaint.ts';
import { attributesOf, childrenOf, type Element, parseXml } from './xml.ts';

/** What Pacemaker's scheduler would make of a configuration. */
export interface Simulation {
  /** Nodes on which each resource would run in the end, by its id; empty: nowhere. */
  readonly places: ReadonlyMap<string, readonly string[]>;
  /** Nodes that would be online in the end. */
  readonly online: readonly string[];
  /** What each node would have left, by node and name of the capacity. */
  readonly remaining: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** Scores by resource, then by node, as the scheduler writes them, for example `-INFINITY`. */
  readonly scores: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Asks crm_simulate what becomes of the cluster in a file when a node fails; undefined: when nothing fails.
 *
 * @throws OcfError exit 1 when it does not answer.
 */
export async function simulate(
  file: string,
  failing: string | undefined,
  runner: Runner,
  deadline: Deadline,
): Promise<Simulation> {
  const args = [
    ...['--xml-file', file, '--simulate', '--show-utilization', '--show-scores', '--output-as=xml'],
    ...(failing === undefined ? [] : [`--node-fail=${failing}`]),
  ];
  const answer = await runner.perform('crm_simulate', args, deadline.within(60_000));
  if (answer.outcome === 'exited' && answer.code === 0) return await parseSimulation(answer.stdout);
  throw failed(`crm_simulate failed: ${complaintIn(answer)}`, 'see crm_verify --live-check --verbose');
}

/** Parses what `crm_simulate --simulate --show-utilization --show-scores --output-as=xml` prints. */
export async function parseSimulation(xml: string): Promise<Simulation> {
  const root = await parseXml(xml);
  const end = childrenOf(root['revised_cluster_status'], 'nodes');
  const resources = resourcesWithin(childrenOf(root['revised_cluster_status'], 'resources'));
  const assignment = root['allocations_utilizations'];
  const scores = new Map<string, Map<string, string>>();
  for (const weight of childrenOf(assignment, 'node_weight')) {
    const { id = '', node = '', score = '' } = attributesOf(weight);
    scores.set(id, (scores.get(id) ?? new Map()).set(node, score));
  }
  const remaining = childrenOf(assignment, 'capacity')
    .filter((capacity) => attributesOf(capacity)['comment'] === 'Remaining')
    .map((capacity) => [attributesOf(capacity)['node'] ?? '', numbersIn(capacity)] as const);
  const places = new Map<string, string[]>();
  for (const resource of resources) {
    const { id = '', active } = attributesOf(resource);
    const nodes = childrenOf([resource], 'node').map((node) => attributesOf(node)['name'] ?? '');
    places.set(id, [...(places.get(id) ?? []), ...(active === 'true' ? nodes : [])]);
  }
  return {
    places,
    online: childrenOf(end, 'node')
      .map(attributesOf)
      .filter(({ online, standby }) => online === 'true' && standby !== 'true')
      .map(({ name = '' }) => name),
    remaining: new Map(remaining),
    scores,
  };
}

/** Capacities stand as elements of their own name, with the number as text. */
function numbersIn(capacity: Element): Readonly<Record<string, number>> {
  const { $: _, ...named } = capacity as Readonly<Record<string, readonly unknown[]>>;
  return Object.fromEntries(Object.entries(named).map(([name, values]) => [name, Number(values[0])]));
}

function resourcesWithin(elements: readonly Element[]): readonly Element[] {
  return elements.flatMap((element) =>
    Object.entries(element).flatMap(([name, children]) => {
      if (name === '$' || !Array.isArray(children)) return [];
      return name === 'resource' ? (children as readonly Element[]) : resourcesWithin(children as readonly Element[]);
    }),
  );
}
