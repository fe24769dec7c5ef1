import { isHostAddress } from '../ocf/address.ts';
import { lastWords } from '../system/runner.ts';
import { sshArguments } from '../system/ssh.ts';
import type { SurveyContext } from './sections.ts';

/** Which addresses this node is to reach. */
export interface SshOptions {
  readonly addresses: readonly string[];
}

/** By address: null when root's ssh gets there without a question, else why not. */
export type SshFacts = Readonly<Record<string, string | null>>;

/** Runs nothing but `true` at each address, all at the same time. */
export async function sshFacts({ addresses }: SshOptions, { runner, deadline }: SurveyContext): Promise<SshFacts> {
  const soon = deadline.within(deadline.remaining() * 0.8);
  const reach = async (address: string): Promise<string | null> => {
    if (!isHostAddress(address)) return 'this is no address';
    const answer = await runner.perform('ssh', sshArguments(address, ['true']), soon);
    return answer.outcome === 'exited' && answer.code === 0 ? null : lastWords(answer);
  };
  return Object.fromEntries(
    await Promise.all([...new Set(addresses)].map(async (address) => [address, await reach(address)] as const)),
  );
}
