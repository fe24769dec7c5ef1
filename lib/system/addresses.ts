import type { Deadline } from '../ocf/deadline.ts';
import { failed, notInstalled } from '../ocf/error.ts';
import { lastWords, type Runner } from './runner.ts';

/** An IP address of this node. */
export interface NodeAddress {
  readonly interface: string;
  readonly address: string;
  /** The interface is up, and its link as well. */
  readonly hasLink: boolean;
  /** Why nobody should be told of it; undefined when it can be used. */
  readonly unusable: string | undefined;
  /** Lower is better: 0 is the main address of its network, 1 a further one, 2 one that is about to go. */
  readonly rank: number;
}

/**
 * The addresses of this node and the interfaces without one, by iproute2: it knows the link of an interface and whether
 * an IPv6 address is usable, which the runtime does not.
 *
 * @throws OcfError exit 5 when `ip` is not installed, exit 1 when it gives no answer.
 */
export function readAddresses(
  runner: Runner,
  deadline: Deadline,
): { readonly addresses: readonly NodeAddress[]; readonly interfaces: ReadonlySet<string> } {
  const answer = runner.query('ip', ['-json', 'address', 'show'], deadline);
  if (answer.outcome === 'missing') throw notInstalled('ip is not installed', 'install iproute2 on this node');
  try {
    if (answer.outcome === 'exited' && answer.code === 0) return parseAddresses(answer.stdout);
  } catch {
    // No JSON: iproute2 before 4.13.
  }
  throw failed(
    `ip address show gave no answer: ${lastWords(answer)}`,
    'look whether ip -json address works on this node',
  );
}

interface IpLink {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly addr_info?: readonly IpAddress[];
}

interface IpAddress {
  readonly local?: string;
  readonly scope?: string;
  readonly secondary?: boolean;
  readonly temporary?: boolean;
  readonly tentative?: boolean;
  readonly dadfailed?: boolean;
  readonly deprecated?: boolean;
}

/**
 * Parses `ip -json address show`.
 *
 * @throws Error when it is no such answer.
 */
export function parseAddresses(json: string): ReturnType<typeof readAddresses> {
  try {
    return addressesIn(JSON.parse(json));
  } catch {
    throw new Error('no list of interfaces');
  }
}

function addressesIn(links: readonly IpLink[]): ReturnType<typeof readAddresses> {
  const named = links.filter((link): link is IpLink & { readonly ifname: string } => typeof link.ifname === 'string');
  const addresses = named.flatMap(({ ifname, flags = [], addr_info = [] }) =>
    addr_info.flatMap((one): NodeAddress[] => {
      if (one.local === undefined) return [];
      const hasLink = flags.includes('UP') && flags.includes('LOWER_UP');
      const rank = one.deprecated === true ? 2 : one.secondary === true || one.temporary === true ? 1 : 0;
      return [{ interface: ifname, address: one.local, hasLink, unusable: whyUnusable(one), rank }];
    }),
  );
  return { addresses, interfaces: new Set(named.map(({ ifname }) => ifname)) };
}

function whyUnusable({ local = '', scope, dadfailed, tentative }: IpAddress): string | undefined {
  if (dadfailed === true) return 'another host has it as well';
  if (tentative === true) return 'it is not yet known whether another host has it as well';
  // Such an address means nothing without the interface of whoever uses it.
  return scope === 'link' && local.includes(':') ? 'it is valid on its link only' : undefined;
}
