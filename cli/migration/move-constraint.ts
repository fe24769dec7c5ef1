import type { Cib, Constraint } from '../../lib/cluster/cib.ts';
import { quoteWord } from '../../lib/system/shell-words.ts';
import type { Change } from '../change.ts';
import type { Obstacle } from './preflight.ts';

type Command = Change['command'];

/** The constraint that `crm_resource --move` makes, and that prefers a node. */
export const preferenceOf = (vm: string, { constraints }: Cib): Constraint | undefined =>
  constraints.find(({ id }) => id === `cli-prefer-${vm}`);

/** Constraints of earlier moves (`crm resource move`, `ban`, `pcs resource move`) that keep a VM from nodes. */
export const bansOf = (vm: string, { constraints }: Cib): readonly Constraint[] =>
  constraints.filter(({ id }) => id.startsWith(`cli-ban-${vm}-on-`));

/**
 * What earlier moves left behind that a new one would overwrite: `crm_resource --move` replaces the preference of the VM
 * and takes away the ban of its target.
 */
export function leftBehind(vm: string, target: string, cib: Cib): readonly Obstacle[] {
  const inTheWay = [
    preferenceOf(vm, cib),
    ...bansOf(vm, cib).filter(({ id }) => id === `cli-ban-${vm}-on-${target}`),
  ].filter((one) => one !== undefined);
  return inTheWay.map((one) => ({
    vm,
    what: `the constraint ${one.id} (${describe(one)}) is there from an earlier move, and this one would overwrite it`,
    remedy: `if it is not wanted any more: crm_resource --clear --resource ${quoteWord(vm)}`,
  }));
}

/** The command that moves a VM. The constraint ends by itself, should nobody be left to remove it. */
export const moveCommand = (vm: string, target: string, lifetimeSeconds: number): Command => [
  'crm_resource',
  ...['--move', '--resource', vm, '--node', target],
  ...['--lifetime', `PT${Math.ceil(lifetimeSeconds)}S`],
];

/** Removes only the constraint of that move: with a node, those of other nodes stay. */
export const clearCommand = (vm: string, target: string): Command => [
  'crm_resource',
  ...['--clear', '--resource', vm, '--node', target],
];

/** Tells whether two looks saw the same constraint: another move has another end of its life, or none. */
export const isSameConstraint = (one: Constraint, other: Constraint): boolean =>
  JSON.stringify([one.attributes, one.expressions]) === JSON.stringify([other.attributes, other.expressions]);

/** What a constraint says: `prefers node2`, `keeps away from node2`. */
export function describe({ id, attributes, expressions }: Constraint): string {
  const node = attributes['node'] ?? expressions.find(({ attribute }) => attribute === '#uname')?.['value'];
  const verb = id.startsWith('cli-ban-') ? 'keeps away from' : 'prefers';
  return `${verb} ${node ?? 'a node by a rule'}`;
}
