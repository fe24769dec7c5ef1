import { readFileSync } from 'node:fs';
import { failed } from '../ocf/error.ts';
import { lastWords } from '../system/runner.ts';
import type { SurveyContext } from './sections.ts';

/** The networks of a node. */
export interface NetworkFacts {
  readonly interfaces: readonly InterfaceFacts[];
}

export interface InterfaceFacts {
  readonly name: string;
  /** What Linux calls its kind, for example `bridge`, `bond`, `vlan`, `openvswitch`; undefined for a plain card. */
  readonly kind: string | undefined;
  readonly isUp: boolean;
  readonly mtu: number;
  /** The bridge or bond that it is a part of. */
  readonly master: string | undefined;
  /** Megabits per second; undefined when the link does not tell. */
  readonly speedMbit: number | undefined;
  readonly addresses: readonly { readonly address: string; readonly prefix: number }[];
}

/** Asks iproute2, which is on every node that has bridges. */
export async function networkFacts(_: Record<string, never>, context: SurveyContext): Promise<NetworkFacts> {
  const answer = await context.runner.perform('ip', ['-json', '-details', 'address', 'show'], context.deadline);
  if (answer.outcome === 'exited' && answer.code === 0)
    return { interfaces: parseInterfaces(answer.stdout, linkSpeed) };
  throw failed(`ip address show: ${lastWords(answer)}`, 'install iproute2');
}

interface IpInterface {
  readonly ifname?: string;
  readonly flags?: readonly string[];
  readonly mtu?: number;
  readonly master?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

/**
 * Parses `ip -json -details address show`. An interface counts as up when it has a carrier.
 *
 * @throws OcfError exit 1 when it is no such answer.
 */
export function parseInterfaces(
  json: string,
  speedOf: (name: string) => number | undefined,
): readonly InterfaceFacts[] {
  try {
    return interfacesIn(JSON.parse(json), speedOf);
  } catch {
    throw failed(
      `ip address show was not understood: ${JSON.stringify(json.slice(0, 40))}`,
      'look whether ip -json address works on this node',
    );
  }
}

function interfacesIn(
  links: readonly IpInterface[],
  speedOf: (name: string) => number | undefined,
): readonly InterfaceFacts[] {
  return links.flatMap(({ ifname, flags = [], mtu = 0, master, linkinfo, addr_info = [] }) =>
    ifname === undefined
      ? []
      : [
          {
            name: ifname,
            kind: linkinfo?.info_kind,
            isUp: flags.includes('UP') && flags.includes('LOWER_UP'),
            mtu,
            master,
            speedMbit: speedOf(ifname),
            addresses: addr_info.flatMap(({ local, prefixlen }) =>
              local === undefined || prefixlen === undefined ? [] : [{ address: local, prefix: prefixlen }],
            ),
          },
        ],
  );
}

/** The kernel says -1, or refuses, where a link has no speed. */
function linkSpeed(name: string): number | undefined {
  try {
    const speed = Number(readFileSync(`/sys/class/net/${name}/speed`, 'utf8'));
    return speed > 0 ? speed : undefined;
  } catch {
    return undefined;
  }
}
