import type { Deadline } from '../ocf/deadline.ts';
import type { Runner } from '../system/runner.ts';

/** The name of this node in the cluster; undefined when its Pacemaker does not tell. */
export function ownNodeName(runner: Runner, deadline: Deadline): string | undefined {
  const answer = runner.query('crm_node', ['--name'], deadline.within(10_000));
  const name = answer.stdout.trim();
  return answer.outcome === 'exited' && answer.code === 0 && name !== '' ? name : undefined;
}
