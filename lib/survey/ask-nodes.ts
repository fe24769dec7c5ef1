import { isHostAddress } from '../ocf/address.ts';
import { type Clock, fromNow } from '../system/clock.ts';
import { lastWords, type Runner, type RunResult } from '../system/runner.ts';
import { sshArguments } from '../system/ssh.ts';
import { readAnswer } from './answer.ts';
import type { Answer, Request } from './survey.ts';

/** What came of asking one node. */
export type NodeAnswer<Asked extends Request> =
  | { readonly kind: 'answered'; readonly facts: Answer<Asked> }
  /** Nothing is known of it: never to be taken for "no VM runs there". */
  | { readonly kind: 'silent'; readonly why: string };

export interface AskOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  /** Milliseconds that each node has, all at the same time. */
  readonly timeoutMs: number;
  /** The name of this node, which is asked without ssh; undefined when it is no member of the cluster. */
  readonly self: string | undefined;
  /** The command that runs ocf-virt on this node. */
  readonly ownCommand: readonly string[];
  readonly sshOptions?: readonly string[];
  /** Under which address a node is reached; its name if not given. */
  readonly addressOf?: (node: string) => string;
  readonly onAnswer?: (node: string, answered: boolean) => void;
}

/**
 * Asks nodes for a survey, all at the same time, over ssh with a deadline for each. A node that hangs delays nobody
 * longer than that.
 */
export async function askNodes<Asked extends Request>(
  nodes: readonly string[],
  request: Asked,
  options: AskOptions,
): Promise<ReadonlyMap<string, NodeAnswer<Asked>>> {
  const ask = async (node: string) => {
    const answer = await askNode(node, request, options);
    options.onAnswer?.(node, answer.kind === 'answered');
    return [node, answer] as const;
  };
  return new Map(await Promise.all(nodes.map(ask)));
}

async function askNode<Asked extends Request>(
  node: string,
  request: Asked,
  options: AskOptions,
): Promise<NodeAnswer<Asked>> {
  const { runner, clock, timeoutMs } = options;
  const deadline = fromNow(timeoutMs, clock);
  // The node ends its own questions a little earlier, so that it can still say what it has found.
  const question = ['survey', JSON.stringify(request), '--timeout', String((timeoutMs * 0.8) / 1000)];
  if (node === options.self) {
    const [program = '', ...words] = options.ownCommand;
    return judge(await runner.perform(program, [...words, ...question], deadline), request, timeoutMs);
  }
  const address = options.addressOf?.(node) ?? node;
  if (!isHostAddress(address)) return { kind: 'silent', why: `${JSON.stringify(address)} is no address` };
  const ssh = sshArguments(address, ['ocf-virt', ...question], options.sshOptions);
  return judge(await runner.perform('ssh', ssh, deadline), request, timeoutMs);
}

function judge<Asked extends Request>(answer: RunResult, request: Asked, timeoutMs: number): NodeAnswer<Asked> {
  // It may be whole although ssh has not ended: something there still holds its output open.
  const isOver = answer.outcome === 'timed-out' || (answer.outcome === 'exited' && answer.code === 0);
  const facts = isOver ? readAnswer(answer.stdout, request) : undefined;
  if (facts !== undefined) return { kind: 'answered', facts };
  if (answer.outcome === 'timed-out') {
    return { kind: 'silent', why: `no answer within ${Math.round(timeoutMs / 100) / 10} s` };
  }
  if (answer.outcome === 'exited' && answer.code === 127) {
    return { kind: 'silent', why: 'ocf-virt is not installed there, or not in the PATH of root' };
  }
  return { kind: 'silent', why: lastWords(answer) };
}
