import { ownNodeName } from '../cluster/self.ts';
import { parseInfo } from '../hypervisor/xen/xl-info.ts';
import { lastWords } from '../system/runner.ts';
import type { SurveyContext } from './sections.ts';

/** What a node says of itself when a live migration may come. */
export interface ReceiverFacts {
  /** Its name in the cluster; undefined when its Pacemaker does not tell. */
  readonly node: string | undefined;
  /** Version of Xen, for example `4.17.7`; undefined when xl does not tell, with `why`. */
  readonly xen: string | undefined;
  readonly why?: string;
}

/** Answers the section `receiver`. */
export async function receiverFacts(
  _: Record<string, never>,
  { runner, deadline }: SurveyContext,
): Promise<ReceiverFacts> {
  const limit = deadline.within(deadline.remaining() * 0.75);
  const info = await runner.perform('xl', ['info'], limit);
  const node = ownNodeName(runner, deadline);
  if (info.outcome === 'missing') return { node, xen: undefined, why: 'xl is not installed' };
  const xen = info.outcome === 'exited' && info.code === 0 ? parseInfo(info.stdout).get('xen_version') : undefined;
  return xen === undefined ? { node, xen, why: `xl info failed: ${lastWords(info)}` } : { node, xen };
}
