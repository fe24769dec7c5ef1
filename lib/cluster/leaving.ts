import type { Deadline } from '../ocf/deadline.ts';
import type { Runner } from '../system/runner.ts';
import { type Lifetime, readAttributeOf } from './attributes.ts';

/** Whether an attribute's value is one of those that Pacemaker takes for true (crm_is_true in its lib/common/strings.c). */
export const isTrue = (value: string | undefined): boolean => value !== undefined && /^(on|true|yes|1|y)$/i.test(value);

/**
 * Whether a node is to be without resources for a while: it is in standby, or shuts down (the attribute shutdown holds
 * since when; 0 is none).
 *
 * @throws OcfError exit 1 when the cluster does not answer.
 */
export function isLeaving(runner: Runner, node: string, deadline: Deadline): boolean {
  const read = (lifetime: Lifetime, name: string) => readAttributeOf(lifetime, runner, node, name, deadline);
  return (
    isTrue(read('forever', 'standby')) ||
    isTrue(read('reboot', 'standby')) ||
    Number(read('reboot', 'shutdown') ?? 0) > 0
  );
}
