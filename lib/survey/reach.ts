import { machineClock } from '../system/clock.ts';
import { askNodes } from './ask-nodes.ts';
import type { ReceiverFacts } from './receiver.ts';
import type { SurveyContext } from './sections.ts';

export interface ReachOptions {
  /** The address under which each node is tried, by its name. */
  readonly addresses: Readonly<Record<string, string>>;
  /** What a live migration gives ssh beside the project's own options. */
  readonly sshOptions?: readonly string[];
}

/** What came of trying to reach each node from this one, as a live migration does. */
export type ReachFacts = Readonly<
  Record<string, { readonly receiver: ReceiverFacts } | { readonly unreachable: string }>
>;

/** Answers the section `reach`: asks the others who they are, over ssh, each under the address that is given. */
export async function reachFacts(
  { addresses, sshOptions = [] }: ReachOptions,
  { runner, deadline }: SurveyContext,
): Promise<ReachFacts> {
  const answers = await askNodes(
    Object.keys(addresses),
    { receiver: {} },
    {
      runner,
      clock: machineClock,
      timeoutMs: deadline.remaining() * 0.75,
      // Also this node itself over ssh, if it is among them.
      self: undefined,
      ownCommand: [],
      sshOptions,
      addressOf: (node) => addresses[node] ?? node,
    },
  );
  const found = [...answers].map(([node, answer]) => {
    if (answer.kind === 'silent') return [node, { unreachable: answer.why }] as const;
    const { receiver } = answer.facts;
    return [node, 'facts' in receiver ? { receiver: receiver.facts } : { unreachable: receiver.problem }] as const;
  });
  return Object.fromEntries(found);
}
