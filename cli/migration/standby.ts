import type { CibNode } from '../../lib/cluster/cib.ts';
import { isTrue } from '../../lib/cluster/leaving.ts';
import type { Change } from '../change.ts';

/** Which of a node's attributes put it into standby: the permanent one, the one until its next start, or both. */
export function standbyOf({ attributes, transient }: CibNode): {
  readonly permanent: boolean;
  readonly transient: boolean;
} {
  return { permanent: isTrue(attributes['standby']), transient: isTrue(transient['standby']) };
}

const attribute = (node: string, type: 'nodes' | 'status', ...rest: readonly string[]): Change['command'] => [
  'crm_attribute',
  ...['--type', type, '--node', node, '--name', 'standby', ...rest],
];

/** Puts a node into standby, as `crm node standby` does: it stays so over a reboot. */
export const enterStandby = (node: string): Change => ({
  why: `put ${node} into standby`,
  command: attribute(node, 'nodes', '--update', 'on'),
});

/** Sets the permanent attribute to what it was before. */
export const restoreStandby = ({ name, attributes: { standby } }: CibNode): Change => ({
  why: `take the standby of ${name} back`,
  command: attribute(name, 'nodes', ...(standby === undefined ? ['--delete'] : ['--update', standby])),
});

/** Ends the standby of a node, of whichever kind; nothing when it is in none. */
export function leaveStandby(node: CibNode): readonly Change[] {
  const { permanent, transient } = standbyOf(node);
  const end = (type: 'nodes' | 'status'): Change => ({
    why: `take ${node.name} out of standby`,
    command: attribute(node.name, type, '--delete'),
  });
  return [...(permanent ? [end('nodes')] : []), ...(transient ? [end('status')] : [])];
}
