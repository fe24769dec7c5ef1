import { type Cib, readCib } from '../lib/cluster/cib.ts';
import { ownNodeName } from '../lib/cluster/self.ts';
import { askNodes, type NodeAnswer } from '../lib/survey/ask-nodes.ts';
import type { Request } from '../lib/survey/survey.ts';
import { fromNow } from '../lib/system/clock.ts';
import type { Tools } from './command.ts';

/** The names of the nodes that can run resources. */
export const nodeNames = (cib: Cib): readonly string[] =>
  cib.nodes.filter(({ type }) => type !== 'ping').map(({ name }) => name);

/** Reads the cluster's configuration within the seconds that the operator gave. */
export const readClusterConfiguration = ({ runner, clock }: Tools, seconds: number): Promise<Cib> =>
  readCib(runner, fromNow(seconds * 1000, clock));

/** Asks nodes for a survey, and shows meanwhile who has not answered yet. */
export async function surveyNodes<Asked extends Request>(
  nodes: readonly string[],
  request: Asked,
  {
    tools,
    seconds,
    addressOf,
    onAnswer,
  }: {
    tools: Tools;
    seconds: number;
    addressOf?: (node: string) => string;
    onAnswer?: (node: string) => void;
  },
): Promise<ReadonlyMap<string, NodeAnswer<Asked>>> {
  const { runner, clock, terminal, ownCommand } = tools;
  const waiting = new Set(nodes);
  const show = () => terminal.progress(waiting.size === 0 ? [] : [`waiting for ${[...waiting].join(', ')}`]);
  show();
  return await askNodes(nodes, request, {
    runner,
    clock,
    ownCommand,
    timeoutMs: seconds * 1000,
    self: ownNodeName(runner, fromNow(Math.min(5000, seconds * 250), clock)),
    ...(addressOf === undefined ? {} : { addressOf }),
    onAnswer: (node) => {
      onAnswer?.(node);
      waiting.delete(node);
      show();
    },
  });
}
