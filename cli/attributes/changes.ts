import type { Cib } from '../../lib/cluster/cib.ts';
import type { Change } from '../change.ts';
import { type Kind, valuesOf } from './attributes.ts';

const lifetimes: Readonly<Record<Kind, string>> = {
  permanent: '--lifetime=forever',
  transient: '--lifetime=reboot',
  utilization: '--utilization',
};

/** What sets an attribute of nodes to a value; nothing for a node that has it already. */
export function settings(cib: Cib, nodes: readonly string[], name: string, value: string, kind: Kind): Change[] {
  const before = valuesOf(cib, name, kind);
  return nodes
    .filter((node) => before.get(node) !== value)
    .map((node) => ({
      why: `Set ${described(name, kind)} of ${node} to ${value}${wasText(before.get(node))}`,
      // Each value with its option in one word, so that a dash in front of it means nothing.
      command: ['crm_attribute', `--node=${node}`, `--name=${name}`, lifetimes[kind], `--update=${value}`],
    }));
}

/** What takes an attribute away from nodes; nothing for a node that has none. */
export function removals(cib: Cib, nodes: readonly string[], name: string, kind: Kind): Change[] {
  const before = valuesOf(cib, name, kind);
  return nodes
    .filter((node) => before.get(node) !== undefined)
    .map((node) => ({
      why: `Took ${described(name, kind)} away from ${node}${wasText(before.get(node))}`,
      command: ['crm_attribute', `--node=${node}`, `--name=${name}`, lifetimes[kind], '--delete'],
    }));
}

const described = (name: string, kind: Kind) =>
  kind === 'utilization' ? `the capacity ${name}` : `the ${kind} attribute ${name}`;
const wasText = (value: string | undefined) => (value === undefined ? '' : ` (it was ${value})`);
