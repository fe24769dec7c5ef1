import type { Cib } from '../../lib/cluster/cib.ts';
import { readStatus } from '../../lib/cluster/status.ts';
import { isHostAddress } from '../../lib/ocf/address.ts';
import type { NodeAnswer } from '../../lib/survey/ask-nodes.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { splitWords } from '../../lib/system/shell-words.ts';
import { addressesOf, usesOf } from '../attributes/attributes.ts';
import { nodeNames, surveyNodes } from '../cluster-nodes.ts';
import type { Tools } from '../command.ts';
import { judgeWays, type NodeReach, type Way } from './matrix.ts';

/** Every way between the nodes, tried from both ends. */
export interface Checked {
  readonly nodes: readonly string[];
  /** Nodes that are off, as the cluster knows, and were not asked. */
  readonly off: readonly string[];
  readonly ways: readonly Way[];
  /** What is worth knowing besides. */
  readonly notes: readonly string[];
}

/**
 * Lets every node try to reach every other one over its migration address, all at the same time.
 *
 * @param name the attribute; undefined where no resource uses one, and migrations go to the names of the nodes.
 */
export async function checkWays(
  cib: Cib,
  name: string | undefined,
  { tools, seconds }: { readonly tools: Tools; readonly seconds: number },
): Promise<Checked> {
  const deadline = fromNow(seconds * 1000, tools.clock);
  const status = await readStatus(tools.runner, deadline.within((seconds * 1000) / 2));
  const isOff = (node: string) => status.nodes.some((one) => one.name === node && !one.online && !one.unclean);
  const [off, nodes] = [nodeNames(cib).filter(isOff), nodeNames(cib).filter((node) => !isOff(node))];
  const byName = new Map(nodes.map((node) => [node, node]));
  const addresses = name === undefined ? byName : addressesOf(cib, name);
  const usable = nodes.flatMap((node) => {
    const address = addresses.get(node);
    return address !== undefined && isHostAddress(address) ? [[node, address] as const] : [];
  });
  const { options, notes } = migrationSshOptions(cib, name);
  const request = { receiver: {}, reach: { addresses: Object.fromEntries(usable), sshOptions: options } };
  const answers = await surveyNodes(nodes, request, { tools, seconds: deadline.remaining() / 1000 });
  const reaches = new Map([...answers].map(([node, answer]) => [node, reachOf(answer)]));
  const bad = [...addresses].filter(
    ([node, address]) => nodes.includes(node) && address !== undefined && !isHostAddress(address),
  );
  return {
    nodes,
    off,
    ways: judgeWays(reaches, new Map(usable)),
    notes: [...bad.map(([node, address]) => `${node} has ${JSON.stringify(address)}, which is no address`), ...notes],
  };
}

type Asked = { readonly receiver: Record<string, never>; readonly reach: object };

function reachOf(answer: NodeAnswer<Asked & { reach: { addresses: Record<string, string> } }>): NodeReach {
  if (answer.kind === 'silent') return answer;
  const { receiver, reach } = answer.facts;
  if ('problem' in receiver) return { kind: 'silent', why: receiver.problem };
  if ('problem' in reach) return { kind: 'silent', why: reach.problem };
  return { kind: 'answered', own: receiver.facts, reach: reach.facts };
}

/** The ssh options of the resources that use the attribute; those of the first where they differ. */
function migrationSshOptions(
  cib: Cib,
  name: string | undefined,
): { readonly options: readonly string[]; readonly notes: readonly string[] } {
  const users = name === undefined ? [] : usesOf(cib, name).addressOf;
  const texts = users.map(
    (id) => cib.resources.find((one) => one.id === id)?.parameters['migration_ssh_options'] ?? '',
  );
  const [first = '', ...others] = [...new Set(texts)];
  const note = `the resources have different migration_ssh_options; tried with those of ${users[0]}`;
  return { options: splitWords(first), notes: others.length === 0 ? [] : [note] };
}
