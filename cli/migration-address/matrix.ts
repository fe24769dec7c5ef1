import type { ReachFacts } from '../../lib/survey/reach.ts';
import type { ReceiverFacts } from '../../lib/survey/receiver.ts';

/** What a node says of itself, and of its ways to the others. */
export type NodeReach =
  | { readonly kind: 'answered'; readonly own: ReceiverFacts; readonly reach: ReachFacts }
  | { readonly kind: 'silent'; readonly why: string };

/** One way from a node to another. */
export interface Way {
  readonly from: string;
  readonly to: string;
  /** The address that was tried. */
  readonly address: string | undefined;
  readonly isGood: boolean;
  /** One or two words for the matrix. */
  readonly short: string;
  /** What is wrong; empty when nothing is. */
  readonly why: string;
}

/** Words of ssh and of the runner, and what they come to. */
const shortWords: readonly (readonly [RegExp, string])[] = [
  [/Host key verification failed|authenticity|host key/i, 'host key'],
  [/Permission denied|Too many authentication/i, 'no login'],
  [/Connection refused/i, 'refused'],
  [/no answer|timed out/i, 'no answer'],
  [/No route|unreachable/i, 'no route'],
  [/not resolve|Name or service/i, 'no such name'],
  [/ocf-virt is not installed/i, 'no ocf-virt'],
  [/is no address/i, 'bad address'],
];

/** Judges every way between two nodes, as a live migration would go. */
export function judgeWays(
  nodes: ReadonlyMap<string, NodeReach>,
  addresses: ReadonlyMap<string, string | undefined>,
): readonly Way[] {
  const names = [...nodes.keys()];
  return names.flatMap((from) =>
    names.filter((to) => to !== from).map((to) => judge(from, to, nodes.get(from), addresses.get(to))),
  );
}

function judge(from: string, to: string, source: NodeReach | undefined, address: string | undefined): Way {
  const way = (short: string, why: string): Way => ({ from, to, address, isGood: why === '', short, why });
  if (address === undefined) return way('no address', `${to} has no migration address`);
  if (source === undefined || source.kind === 'silent') return way('?', `${from} did not answer: ${source?.why ?? ''}`);
  const reached = source.reach[to];
  if (reached === undefined) return way('?', `${from} did not try ${address}`);
  if ('unreachable' in reached) {
    const short = shortWords.find(([pattern]) => pattern.test(reached.unreachable))?.[1] ?? 'failed';
    return way(short, `${from} does not reach ${address}: ${reached.unreachable}`);
  }
  const { node, xen, why = '' } = reached.receiver;
  if (node !== undefined && node !== to) return way(`is ${node}`, `${address} is the address of ${node}, not of ${to}`);
  if (xen === undefined) return way('no xl', `${to}: ${why}`);
  const { own } = source;
  if (own.xen === undefined) return way('no xl here', `${from}: ${own.why ?? ''}`);
  if (own.xen !== xen)
    return way(
      `xen ${xen}`,
      `${from} has Xen ${own.xen} and ${to} has ${xen}: not every migration between versions works`,
    );
  return way('ok', '');
}
