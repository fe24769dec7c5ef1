import { hostname } from 'node:os';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import type { Runner } from '../../lib/system/runner.ts';

/**
 * Whether this node speaks for all where each of them is alerted: the first of its partition. All nodes of a partition see
 * the same one. Who cannot find out speaks: told twice is better than not at all.
 */
export function isSpeaker(runner: Runner, deadline: Deadline): boolean {
  const name = runner.query('crm_node', ['--name'], deadline);
  const all = runner.query('crm_node', ['--partition'], deadline);
  if (all.code !== 0) return true;
  const own = name.code === 0 ? name.stdout.trim() : hostname();
  const [first] = all.stdout.trim().split(/\s+/).sort();
  return first === undefined || first === '' || first === own;
}
