import { asCrm } from '../primitive/as-crm.ts';
import { type Design, idFrom, once, type Primitive } from '../primitive/design.ts';
import type { Fencing, NfsStorage, Site } from './site.ts';

/** The configuration that a cluster of VMs begins with, for `crm configure load update FILE`. */
export function clusterBatch(site: Site): string {
  const { fencing } = site;
  const fences = fencing === undefined ? [] : site.hosts.map((host) => fenceDevice(host, fencing));
  const clones = [
    ...(site.hypervisor === 'xen' && site.networks.migration !== undefined
      ? [migrationAddress(site.networks.migration)]
      : []),
    watch,
    ...(site.storage === undefined ? [] : [mount(site.storage)]),
  ];
  const design: Design = {
    primitives: [...fences, ...clones],
    groups: [],
    clones: clones.map(({ id }) => ({ id: `${id}-clone`, of: id, meta: { interleave: 'true' } })),
    orders: [],
    colocations: [],
  };
  return `property cib-bootstrap-options: stonith-enabled=true migration-limit=2
rsc_defaults rsc-options: resource-stickiness=100
${asCrm(design)}${fences.map(elsewhere).join('')}`;
}

/** A node is not to be what switches itself off. */
const elsewhere = ({ id, parameters }: Primitive) =>
  `location ${id}-elsewhere ${id} -inf: ${parameters['pcmk_host_list']}\n`;

function fenceDevice({ name, fencing }: Site['hosts'][number], { agent, parameters }: Fencing): Primitive {
  return {
    id: idFrom(`fence-${name}`),
    agent: { class: 'stonith', type: agent },
    parameters: { pcmk_host_list: name, ...parameters, ...fencing },
    operations: [{ name: 'monitor', interval: 600, timeout: 60 }],
    meta: {},
    utilization: {},
  };
}

const ours = (id: string, type: string, interval: number): Primitive => ({
  id,
  agent: { class: 'ocf', provider: 'virt', type },
  parameters: {},
  operations: [{ name: 'monitor', interval, timeout: 20 }],
  meta: {},
  utilization: {},
});

const watch = ours('watch', 'VMWatch', 20);

const migrationAddress = (network: string): Primitive => ({
  ...ours('address', 'MigrationAddress', 10),
  parameters: { network },
});

const mount = ({ source, directory }: NfsStorage): Primitive => ({
  id: idFrom(`fs${directory}`),
  agent: { class: 'ocf', provider: 'heartbeat', type: 'Filesystem' },
  parameters: { device: source, directory, fstype: 'nfs' },
  operations: [once('start', 60), once('stop', 60), { name: 'monitor', interval: 20, timeout: 40 }],
  meta: {},
  utilization: {},
});
