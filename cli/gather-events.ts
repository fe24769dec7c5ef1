import type { HistoryEvent } from '../lib/history/event.ts';
import type { Selection } from '../lib/history/read.ts';
import type { NodeAnswer } from '../lib/survey/ask-nodes.ts';
import type { EventsFacts, EventsOptions } from '../lib/survey/events.ts';
import type { Fact } from '../lib/survey/survey.ts';
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

type Answered = NodeAnswer<{ readonly events: EventsOptions }>;

/** Events that a node tells at once: some 600 kB, which an answer may have. */
const pageSize = 2000;

/** Asks every node of the cluster for its events, page by page from the newest, and puts them in order. */
export async function gatherEvents(selection: Selection, seconds: number, tools: Tools): Promise<Gathered> {
  const nodes = nodeNames(await readClusterConfiguration(tools, seconds));
  const found = new Map<string, HistoryEvent>();
  const silent: { node: string; why: string }[] = [];
  const ask = (some: readonly string[], part: Selection) =>
    surveyNodes(some, { events: { ...part, limit: pageSize } }, { tools, seconds });

  for (const [node, first] of await ask(nodes, selection)) {
    for (let answer: Answered | undefined = first; answer !== undefined; ) {
      const fact: Fact<EventsFacts> = answer.kind === 'answered' ? answer.facts.events : { problem: answer.why };
      if ('problem' in fact) {
        silent.push({ node, why: fact.problem });
        break;
      }
      const before = found.size;
      for (const event of fact.facts.events) found.set(keyOf(event), event);
      const oldest: number | undefined = fact.facts.events[0]?.time;
      if (fact.facts.complete || oldest === undefined) break;
      // The page may begin amid events of one millisecond; one that brings nothing new has them all.
      const untilMs: number = found.size > before ? oldest : oldest - 1;
      answer = (await ask([node], { ...selection, untilMs })).get(node);
    }
  }
  return { events: [...found.values()].sort((one, other) => one.time - other.time), nodes, silent };
}

/** What tells an event from all others: every node tells of a fencing, with the same words. */
export const keyOf = (event: HistoryEvent): string => JSON.stringify(event);
