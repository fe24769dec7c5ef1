import { defineAgent } from '../../lib/agent/define.ts';
import { monitor } from './monitor.ts';
import { parameters } from './parameters.ts';

/** ocf:virt:MigrationAddress: publishes over which address a node receives live migrations. */
export const migrationAddress = defineAgent({
  name: 'MigrationAddress',
  short: "Publishes a node's address for live migrations as a node attribute",
  long: `Publishes this node's address in the network of the live migrations as a node attribute, which ocf:virt:Xen takes the address of a migration's target from (node_ip_attribute). Run it as a clone: then every node has its attribute, also one that joins the cluster later, and nobody types addresses.

When the address or its link goes, the next monitor withdraws the attribute, so that no VM migrates to this node over a dead network, and publishes it again when it is back. Meanwhile the instance is degraded (190), and nothing is restarted; see loss_is_failure.

A stop withdraws it too, except on a node that is in standby or shuts down: nothing migrates to that node, while its VMs, which may be leaving it just now, are asked for over this address.

A VM that may migrate should be ordered after the clone, with an order of kind Optional, so that a node that has just joined has its address before a VM migrates to it, and no VM is stopped because the clone is.`,
  parameters,
  actions: [
    { name: 'start', timeout: 20 },
    { name: 'stop', timeout: 20 },
    { name: 'monitor', timeout: 20, interval: 10, depth: 0 },
    { name: 'reload-agent', timeout: 20 },
    { name: 'validate-all', timeout: 20 },
    { name: 'meta-data', timeout: 5 },
  ],
  functions: {
    monitor,
    start: async (context) => (await import('./start.ts')).start(context),
    stop: async (context) => (await import('./stop.ts')).stop(context),
    'validate-all': async (context) => (await import('./validate.ts')).validate(context),
    'reload-agent': async (context) => (await import('./start.ts')).start(context),
  },
});
