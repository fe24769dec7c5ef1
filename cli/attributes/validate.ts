import type { Cib } from '../../lib/cluster/cib.ts';
import { isHostAddress } from '../../lib/ocf/address.ts';
import { badArguments } from '../../lib/ocf/error.ts';
import { nodeNames } from '../cluster-nodes.ts';
import { addressAttributes, addressesOf, type Kind, kinds, usesOf, valuesOf } from './attributes.ts';

/**
 * The nodes that are meant.
 *
 * @throws OcfError exit 2 when none is named, or one is not in the cluster.
 */
export function meantNodes(cib: Cib, named: readonly string[] | undefined, all: boolean): readonly string[] {
  const known = nodeNames(cib);
  if (all && named !== undefined) throw badArguments('--all and --node are both given', 'say one of them');
  if (all) return known;
  if (named === undefined) throw badArguments('no node is named', 'say --node NODE, or --all');
  const strange = named.find((node) => !known.includes(node));
  if (strange === undefined) return [...new Set(named)];
  throw badArguments(`there is no node ${JSON.stringify(strange)}`, `use one of ${known.join(', ')}`);
}

/** The kind that the options mean. */
export function meantKind({
  transient,
  utilization,
}: {
  readonly transient: boolean;
  readonly utilization: boolean;
}): Kind {
  if (transient && utilization) {
    throw badArguments('a utilization attribute is always permanent', 'leave out --transient or --utilization');
  }
  return kinds[transient ? 1 : utilization ? 2 : 0] ?? 'permanent';
}

/** Attributes whose values Pacemaker itself reads. */
const ownAttributes: Readonly<Record<string, readonly [pattern: RegExp, words: string]>> = {
  standby: [/^(on|off|true|false)$/, 'on or off'],
  maintenance: [/^(true|false|on|off|yes|no|1|0)$/, 'true or false'],
  terminate: [/^(true|false|\d+)$/, 'true or false'],
};
const health = [/^(red|yellow|green|[+-]?(\d+|INFINITY))$/, 'red, yellow, green or a score'] as const;

/**
 * Checks a value against what is known of its attribute.
 *
 * @throws OcfError exit 2 with what is wrong.
 */
export function checkValue(cib: Cib, name: string, value: string, kind: Kind, nodes: readonly string[]): void {
  if (!/^[A-Za-z_#][\w.#:-]*$/.test(name)) {
    throw badArguments(`${JSON.stringify(name)} is no name of an attribute`, 'use letters, digits, _ . : and -');
  }
  const refuse = (words: string): never => {
    throw badArguments(`${name} cannot be ${JSON.stringify(value)}`, `use ${words}`);
  };
  if (value === '') refuse('ocf-virt attribute unset to take it away');
  if (/\p{C}/u.test(value)) refuse('a text on one line, without control characters');
  if (kind === 'utilization') {
    if (!/^\d{1,9}$/.test(value)) refuse('a whole number, as the utilization of the resources is one');
    return;
  }
  if (name.startsWith('#') && !name.startsWith('#health')) {
    throw badArguments(`${name} is set by Pacemaker itself`, 'use another name');
  }
  const [pattern, words] = name.startsWith('#health') ? health : (ownAttributes[name] ?? [/^/, '']);
  if (!pattern.test(value)) refuse(words);
  if (addressAttributes(cib).includes(name)) checkAddress(cib, name, value, nodes);
}

/**
 * Checks a migration address: one that ssh can reach, and of one node only.
 *
 * @throws OcfError exit 2 with what is wrong.
 */
export function checkAddress(cib: Cib, name: string, value: string, nodes: readonly string[]): void {
  const users = usesOf(cib, name).addressOf.join(', ');
  const use = users === '' ? `${name} holds migration addresses` : `${name} is the migration address for ${users}`;
  if (!isHostAddress(value)) throw badArguments(`${use}: ${JSON.stringify(value)} is no address`, 'use an IP address');
  if (nodes.length > 1) throw badArguments(`${use}: two nodes cannot have the same`, 'set it for each node');
  const same = [...addressesOf(cib, name)].find(([node, address]) => address === value && !nodes.includes(node));
  if (same !== undefined)
    throw badArguments(`${use}: ${same[0]} has ${value} already`, 'use the address of the node itself');
}

/** A note about an attribute that a resource publishes: what is typed by hand does not last, or hides the published one. */
export function publishedNote(cib: Cib, name: string, kind: Kind, nodes: readonly string[]): string {
  const [publisher] = usesOf(cib, name).publishedBy;
  if (publisher === undefined || kind === 'utilization') return '';
  const hides = kind === 'permanent' && nodes.some((node) => valuesOf(cib, name, 'transient').get(node) !== undefined);
  return `Note: ${publisher} publishes ${name}${hides ? ', and a permanent value hides what it publishes' : ' and writes its own value again'}.\n`;
}
