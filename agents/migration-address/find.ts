import type { Values } from '../../lib/agent/parameter.ts';
import { notConfigured } from '../../lib/ocf/error.ts';
import { holds, parseNetwork } from '../../lib/ocf/network.ts';
import type { NodeAddress, readAddresses } from '../../lib/system/addresses.ts';
import type { parameters } from './parameters.ts';

/** Which addresses are meant. */
export type Wanted = Pick<Values<typeof parameters>, 'network' | 'interface' | 'family'>;

/**
 * Checks what no parameter shows alone.
 *
 * @throws OcfError exit 6 when neither a network nor an interface is given, or network and family contradict each other.
 */
export function checkWanted({ network, interface: name, family }: Wanted): void {
  if (network === undefined && name === undefined) {
    throw notConfigured('neither network nor interface is set', 'set network, for example to 192.168.1.0/24');
  }
  const kind = network === undefined ? undefined : parseNetwork(network)?.family;
  if (kind !== undefined && family !== 'any' && family !== `ipv${kind}`) {
    throw notConfigured(`family is ${family}, and network is ${network}`, 'leave out family');
  }
}

/** The addresses of this node that are meant, whether they can be used or not. */
export function meant(addresses: readonly NodeAddress[], wanted: Wanted): readonly NodeAddress[] {
  const network = wanted.network === undefined ? undefined : parseNetwork(wanted.network);
  return addresses.filter(({ address, interface: name }) => {
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    return (
      (wanted.interface === undefined || wanted.interface === name) &&
      (network === undefined || holds(network, address)) &&
      (wanted.family === 'any' || wanted.family === family)
    );
  });
}

/**
 * The address to publish, or why there is none.
 *
 * One that is published already stays, as long as it can be used. A floating address, which may be on another node
 * tomorrow, is a further one of its network and comes after the node's own.
 */
export function findAddress(
  { addresses, interfaces }: ReturnType<typeof readAddresses>,
  wanted: Wanted,
  published: string | undefined,
): { readonly address: string } | { readonly loss: string } {
  const all = meant(addresses, wanted);
  const usable = all.filter(({ hasLink, unusable }) => hasLink && unusable === undefined);
  const order = ({ address, rank }: NodeAddress) =>
    address === published ? -1 : rank + (address.includes(':') ? 10 : 0);
  const [best] = [...usable].sort((one, other) => order(one) - order(other));
  return best === undefined ? { loss: lossOf(all, interfaces, wanted) } : { address: best.address };
}

function lossOf(all: readonly NodeAddress[], interfaces: ReadonlySet<string>, wanted: Wanted): string {
  const [first] = all;
  if (first !== undefined) {
    const { interface: name, address, hasLink, unusable } = first;
    return hasLink ? `${address} on ${name} cannot be used: ${unusable}` : `${name}, with ${address}, has no link`;
  }
  const { network, interface: name, family } = wanted;
  if (name !== undefined && !interfaces.has(name)) return `there is no interface ${name}`;
  const kind = network === undefined ? `${family === 'any' ? '' : `${family} `}address` : `address in ${network}`;
  return `${name ?? 'no interface'} has ${name === undefined ? 'an' : 'no'} ${kind}`;
}
