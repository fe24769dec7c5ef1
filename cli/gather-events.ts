import type { HistoryEvent } from '../lib/history/event.ts';
import type { Selection } from '../lib/history/read.ts';
import { nodeNames, readClusterConfiguration, surveyNodes } from './cluster-nodes.ts';
import type { Tools } from './command.ts';

/** The history of the whole cluster. */
export interface Gathered {
  /** In the order of their times, each once. */
  readonly events: readonly HistoryEvent[];
  readonly nodes: readonly string[];
  /** Nodes that did not tell theirs, and why. */
  readonly silent: readonly { readonly node: string; readonly why: string }[];
}

/** Events that a node tells at once: some 600 kB, which an answer may have. */
const pageSize = 2000;

/** Asks every node of the cluster for its events, page by page from the newest, and puts them in order. */
export async function gatherEvents(selection: Selection, seconds: number, tools: Tools): Promise<Gathered> {
  const nodes = nodeNames(await readClusterConfiguration(tools, seconds));
  const found = new Map<string, HistoryEvent>();
  const silent: { node: string; why: string }[] = [];
  let asked = new Map(nodes.map((node) => [node, selection]));
  while (asked.size > 0) {
    // Nodes with the same question are asked at the same time; after the first page hardly any is left.
    const next = new Map<string, Selection>();
    for (const [question, some] of byQuestion(asked)) {
      const request = { events: { ...JSON.parse(question), limit: pageSize } };
      for (const [node, answer] of await surveyNodes(some, request, { tools, seconds })) {
        const fact = answer.kind === 'answered' ? answer.facts.events : { problem: answer.why };
        if ('problem' in fact) {
          silent.push({ node, why: fact.problem });
          continue;
        }
        for (const event of fact.facts.events) found.set(keyOf(event), event);
        const oldest = fact.facts.events[0]?.time;
        if (!fact.facts.complete && oldest !== undefined) next.set(node, { ...selection, untilMs: oldest - 1 });
      }
    }
    asked = next;
  }
  return { events: [...found.values()].sort((one, other) => one.time - other.time), nodes, silent };
}

function byQuestion(asked: ReadonlyMap<string, Selection>): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [node, selection] of asked) {
    const question = JSON.stringify(selection);
    groups.set(question, [...(groups.get(question) ?? []), node]);
  }
  return groups;
}

/** Every node tells of a fencing, with the same words. */
export const keyOf = (event: HistoryEvent): string => JSON.stringify(event);
