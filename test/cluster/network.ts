import { execa } from 'execa';
import { identify, namespaceOf } from './host-process.ts';
import type { RunFolder } from './run-folder.ts';
import { waitUntil } from './wait-until.ts';

/** The two networks: corosync talks over the first, VMs migrate over the second. */
export const networks = ['cluster', 'migration'] as const;
export type Network = (typeof networks)[number];

/** Address of the node with this number (1..5) on a network. Nothing outside the cluster's namespaces sees it. */
export function addressOf(node: number, network: Network): string {
  return `10.89.${networks.indexOf(network)}.1${node}`;
}

/** The switches and cables of a cluster. */
export interface Wiring {
  /**
   * Connects a machine, by the process id of its pid 1, with one cable to each switch. Its hardware addresses follow from
   * its number (1..5), so that it keeps them over its boots.
   */
  connect(node: string, number: number, pid: number): Promise<void>;
  /** Takes all cables of a machine away: its peers see silence, not connection resets. */
  disconnect(node: string): Promise<void>;
  unplug(node: string, network: Network): Promise<void>;
  plug(node: string, network: Network): Promise<void>;
  /** Machines hear only those of their own group on that network; one in no group hears nobody. */
  partition(groups: readonly (readonly string[])[], network: Network): Promise<void>;
}

const cable = (node: string, network: Network) => `${node}-${network[0]}`;
const bridge = (network: Network, group = 0) => `${network}${group}`;

/**
 * Sets up a switch for each network in a network namespace without a name, held by a process that ends with this one.
 * So clusters never collide, and the machine's own network is not touched.
 */
export async function startWiring(run: RunFolder): Promise<Wiring> {
  const holder = execa('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'], {
    detached: true,
    stdio: 'ignore',
    reject: false,
  });
  const { pid } = holder;
  if (pid === undefined) throw new Error('the process that holds the network namespace did not start');
  const own = namespaceOf('self', 'net');
  await waitUntil('a network namespace of its own for the switches', 5, () => {
    const there = namespaceOf(pid, 'net');
    return there !== undefined && there !== own;
  });
  const identity = identify(pid);
  if (identity !== undefined) run.note(identity);

  const ip = async (lines: readonly string[], forced = false) => {
    const args = ['--target', String(pid), '--net', 'ip', ...(forced ? ['-force'] : []), '-batch', '-'];
    const done = await execa('nsenter', args, { input: `${lines.join('\n')}\n`, reject: false, timeout: 10_000 });
    if (done.exitCode !== 0 && !forced) throw new Error(`ip failed on: ${lines.join('; ')}\n${done.stderr}`);
  };
  const makeBridge = (name: string) => [
    // Without these two, a new port is silent for 30 s.
    `link add ${name} type bridge forward_delay 0 stp_state 0`,
    `link set ${name} up`,
  ];
  await ip(networks.flatMap((network) => makeBridge(bridge(network))));
  const remove = (node: string) =>
    ip(
      networks.map((network) => `link del ${cable(node, network)}`),
      true,
    );
  const bridges = new Set(networks.map((network) => bridge(network)));
  return {
    connect: async (node, number, machine) => {
      await remove(node);
      await ip(
        networks.flatMap((network, index) => [
          `link add ${cable(node, network)} type veth peer name eth${index} address 02:00:00:00:0${index}:0${number} netns ${machine}`,
          `link set ${cable(node, network)} master ${bridge(network)} up`,
        ]),
      );
    },
    disconnect: remove,
    unplug: (node, network) => ip([`link set ${cable(node, network)} down`]),
    // Forced: a machine that is off has no cables.
    plug: (node, network) => ip([`link set ${cable(node, network)} master ${bridge(network)} up`], true),
    partition: async (groups, network) => {
      for (const [index, group] of groups.entries()) {
        const name = bridge(network, index);
        if (!bridges.has(name)) await ip(makeBridge(name));
        bridges.add(name);
        await ip(
          group.map((node) => `link set ${cable(node, network)} master ${name} up`),
          true,
        );
      }
    },
  };
}
