import type { Parameters } from '../../lib/agent/parameter.ts';
import { parseNetwork } from '../../lib/ocf/network.ts';

/** Every parameter of ocf:virt:MigrationAddress. */
export const parameters = {
  network: {
    type: 'text',
    reloadable: true,
    check: (value: string) =>
      parseNetwork(value) === undefined ? 'use a network such as 192.168.1.0/24 or fd00:1::/64' : undefined,
    short: 'network of the live migrations',
    long: 'The network whose address of this node is published, as ADDRESS/PREFIX, IPv4 or IPv6. One of network and interface is needed; with both, the address must be in this network and on this interface.',
  },
  interface: {
    type: 'text',
    reloadable: true,
    check: (value: string) =>
      /^[^\s/\p{C}-][^\s/\p{C}]{0,14}$/u.test(value) ? undefined : 'use the name of an interface, such as eth1',
    short: 'interface of the live migrations',
    long: 'The interface whose address is published. It must have the same name on all nodes; network works also where the names differ.',
  },
  family: {
    type: 'choice',
    options: ['any', 'ipv4', 'ipv6'],
    default: 'any',
    reloadable: true,
    short: 'kind of address',
    long: 'Which kind of address is published when the interface has both. any: IPv4 before IPv6. A network has its kind already.',
  },
  attribute: {
    type: 'text',
    default: 'ip_livemigration',
    uniqueGroup: 'attribute',
    reloadable: true,
    check: (value: string) =>
      /^[A-Za-z_][\w.-]*$/.test(value) ? undefined : 'use the name of a node attribute, such as ip_livemigration',
    short: 'node attribute that gets the address',
    long: 'Name of the node attribute in which the address is published: what the parameter node_ip_attribute of ocf:virt:Xen says.',
  },
  lifetime: {
    type: 'choice',
    options: ['transient', 'permanent'],
    default: 'transient',
    reloadable: true,
    short: 'how long the attribute lasts',
    long: "transient: it ends with the node's time in the cluster, so that it is never stale. permanent: it is a part of the configuration, and a node that was lost has it as soon as it is back. A permanent attribute comes before a transient one of the same name: take one that was typed by hand away, or publish a permanent one.",
  },
  loss_is_failure: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'a node without its address is a failure',
    long: 'When the address or its link goes, the attribute is withdrawn at the next monitor, and published again when it is back. Meanwhile, if false, the monitor reports "degraded" (190), which crm_mon shows (the last one until crm resource cleanup, seen with Pacemaker 2.1.5) and Pacemaker does not act on: nothing that it could do brings a cable back. If true, monitor and start fail (1), and the cluster stops the instance on this node; set the meta attribute failure-timeout then, or nothing starts it again.',
  },
} as const satisfies Parameters;
