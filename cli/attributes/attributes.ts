import type { Cib } from '../../lib/cluster/cib.ts';
import { isHostAddress } from '../../lib/ocf/address.ts';
import { nodeNames } from '../cluster-nodes.ts';

/** The three kinds of values that a node has. */
export const kinds = ['permanent', 'transient', 'utilization'] as const;
export type Kind = (typeof kinds)[number];

const sets = { permanent: 'attributes', transient: 'transient', utilization: 'utilization' } as const;

/** What uses a node attribute. */
export interface Uses {
  /** Resources that take a node's migration address from it (`node_ip_attribute`). */
  readonly addressOf: readonly string[];
  /** Resources that publish it (ocf:virt:MigrationAddress). */
  readonly publishedBy: readonly string[];
  /** Constraints whose rules look at it. */
  readonly rules: readonly string[];
  /** Resources that need some of this capacity. */
  readonly capacityFor: readonly string[];
}

/** The attribute that ocf:virt:MigrationAddress publishes when nothing else is said. */
export const defaultAddressAttribute = 'ip_livemigration';

/** What uses the attribute of this name, as attribute and as capacity. */
export function usesOf(cib: Cib, name: string): Uses {
  const idsOf = (isUsed: (resource: Cib['resources'][number]) => boolean) =>
    cib.resources.filter(isUsed).map(({ id }) => id);
  return {
    addressOf: idsOf(({ parameters }) => parameters['node_ip_attribute'] === name),
    publishedBy: idsOf((resource) => publishedAttribute(resource) === name),
    rules: cib.constraints
      .filter(({ expressions }) => expressions.some(({ attribute }) => attribute === name))
      .map(({ id }) => id),
    capacityFor: idsOf(({ utilization }) => utilization[name] !== undefined),
  };
}

const publishedAttribute = ({ agent, parameters }: Cib['resources'][number]) =>
  agent === 'ocf:virt:MigrationAddress' ? parameters['attribute'] || defaultAddressAttribute : undefined;

/** The attributes that hold migration addresses: those that a resource uses, and those that one publishes. */
export function addressAttributes(cib: Cib): readonly string[] {
  const found = cib.resources.flatMap((resource) => [
    resource.parameters['node_ip_attribute'],
    publishedAttribute(resource),
  ]);
  return [...new Set(found.filter((name) => name !== undefined && name !== ''))].sort() as string[];
}

/** The value of each node in one kind; undefined where it is not set. */
export function valuesOf(cib: Cib, name: string, kind: Kind): ReadonlyMap<string, string | undefined> {
  const find = (node: string) => cib.nodes.find((one) => one.name === node)?.[sets[kind]][name];
  return new Map(nodeNames(cib).map((node) => [node, find(node)]));
}

/** The address of each node as the agents read it: the permanent one, else the transient one. */
export function addressesOf(cib: Cib, name: string): ReadonlyMap<string, string | undefined> {
  const transient = valuesOf(cib, name, 'transient');
  return new Map([...valuesOf(cib, name, 'permanent')].map(([node, value]) => [node, value ?? transient.get(node)]));
}

/** Every attribute that any node has, by name, then kind. */
export function allAttributes(cib: Cib): readonly { readonly name: string; readonly kind: Kind }[] {
  const found = kinds.flatMap((kind) => {
    const names = new Set(cib.nodes.flatMap((node) => Object.keys(node[sets[kind]])));
    return [...names].map((name) => ({ name, kind }));
  });
  return found.sort((one, other) => one.name.localeCompare(other.name));
}

/** What is wrong with the migration addresses of an attribute, a sentence each. */
export function addressProblems(cib: Cib, name: string): readonly string[] {
  const addresses = addressesOf(cib, name);
  const [permanent, transient] = [valuesOf(cib, name, 'permanent'), valuesOf(cib, name, 'transient')];
  return [...addresses].flatMap(([node, address]) => {
    if (address === undefined) return [`${node} has no ${name}: no VM can migrate to it`];
    if (!isHostAddress(address)) return [`${name} of ${node} is ${JSON.stringify(address)}, which is no address`];
    const [same] = [...addresses].filter(([other, value]) => other < node && value === address);
    const hidden = transient.get(node);
    return [
      ...(same === undefined ? [] : [`${node} has the same ${name} as ${same[0]}: ${address}`]),
      ...(permanent.get(node) !== undefined && hidden !== undefined && hidden !== address
        ? [`${node} has a permanent ${name}, ${address}, which hides the transient one, ${hidden}`]
        : []),
    ];
  });
}
