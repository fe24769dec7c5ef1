import type { Cib, CibResource } from '../../lib/cluster/cib.ts';
import { type Design, idFrom, once, oneVm, type Primitive } from './design.ts';
import type { StorageLayer } from './storage.ts';

/** What a VM's resource looks like with its storage, and what the operator should know of it. */
export interface StorageDesign {
  readonly design: Design;
  readonly notes: readonly string[];
}

/** Whether a VM on this storage can migrate live: both nodes have it at once. */
export const isShared = (layers: readonly StorageLayer[]): boolean =>
  layers.every((layer) => layer.kind !== 'mount' || layer.isShared);

/**
 * The resources under a VM, out of the layers that its storage has on this node.
 *
 * Shared storage becomes a clone that runs on all nodes, before the VM; with a file system that one node mounts at a time,
 * volume group, file system and VM become a group. What the cluster already has is used, not made again.
 */
export function withStorage(vm: Primitive, layers: readonly StorageLayer[], cib: Cib): StorageDesign {
  const shared = isShared(layers);
  const known = layers.map((layer) => providerOf(layer, cib));
  const fresh = layers.filter((_, index) => known[index] === undefined);
  const used = [...new Set(known.filter((id) => id !== undefined))];
  const locks = fresh.some(({ kind }) => kind === 'volume-group') && shared ? lockManagers(cib) : [];
  const resources = fresh.map((layer) => primitiveOf(layer, vm.id, shared));
  const below = [...locks, ...resources];
  const notes = [
    ...(resources.some(({ parameters }) => parameters['vg_access_mode'] === 'lvmlockd')
      ? ['The volume group must be shared once: vgchange --lock-type dlm GROUP, with use_lvmlockd=1 in lvm.conf.']
      : []),
    ...(used.length === 0 ? [] : [`Used as they are: ${used.join(', ')}.`]),
  ];
  if (below.length === 0 && used.length === 0) {
    return { design: oneVm(vm), notes: ['No storage was found under the VM that the cluster would have to provide.'] };
  }
  if (!shared) {
    const group = { id: `${vm.id}-group`, members: [...below, vm].map(({ id }) => id) };
    return {
      design: {
        ...oneVm(vm),
        primitives: [...below, vm],
        groups: [group],
        orders: used.map((id) => order(id, group.id)),
        colocations: used.map((id) => beside(group.id, id)),
      },
      notes: [...notes, 'The file system is mounted by one node at a time: the VM moves by stop and start, not live.'],
    };
  }
  const group = `${vm.id}-storage`;
  const [single] = below;
  const clone = `${group}-clone`;
  const providers = [...used, ...(single === undefined ? [] : [clone])];
  return {
    design: {
      primitives: [...below, vm],
      groups: below.length > 1 ? [{ id: group, members: below.map(({ id }) => id) }] : [],
      clones:
        single === undefined
          ? []
          : [{ id: clone, of: below.length > 1 ? group : single.id, meta: { interleave: 'true' } }],
      orders: providers.map((id) => order(id, vm.id)),
      colocations: providers.map((id) => beside(vm.id, id)),
    },
    notes,
  };
}

const order = (first: string, second: string) => ({ id: `order-${first}-${second}`, first, second });
const beside = (resource: string, place: string) => ({
  id: `colocation-${resource}-${place}`,
  resource,
  beside: place,
});

/** The outermost resource of the cluster that already provides a layer. */
function providerOf(layer: StorageLayer, cib: Cib): string | undefined {
  const found = cib.resources.find((resource) => provides(resource, layer));
  return found === undefined ? undefined : (found.within[0] ?? found.id);
}

function provides({ agent, parameters }: CibResource, layer: StorageLayer): boolean {
  switch (layer.kind) {
    case 'mount':
      return agent === 'ocf:heartbeat:Filesystem' && parameters['directory']?.replace(/\/+$/, '') === layer.directory;
    case 'volume-group':
      return agent === 'ocf:heartbeat:LVM-activate' && parameters['vgname'] === layer.group;
    case 'multipath':
      return /^(systemd|service|lsb):(multipathd|multipath-tools)$/.test(agent);
    case 'iscsi':
      return (
        agent === 'ocf:heartbeat:iscsi' &&
        parameters['target'] === layer.target &&
        parameters['portal']?.replace(/:3260$/, '') === layer.portal.replace(/:3260$/, '')
      );
  }
}

/** dlm and lvmlockd, unless the cluster has them. */
function lockManagers(cib: Cib): Primitive[] {
  const agents = new Set(cib.resources.map(({ agent }) => agent));
  const controld: Primitive = {
    ...plain('dlm'),
    agent: { class: 'ocf', provider: 'pacemaker', type: 'controld' },
    operations: [once('start', 90), once('stop', 100), { name: 'monitor', interval: 30, timeout: 30 }],
  };
  const lvmlockd: Primitive = {
    ...plain('lvmlockd'),
    agent: { class: 'ocf', provider: 'heartbeat', type: 'lvmlockd' },
    operations: [once('start', 90), once('stop', 90), { name: 'monitor', interval: 30, timeout: 90 }],
  };
  return [
    ...(agents.has('ocf:pacemaker:controld') ? [] : [controld]),
    ...(agents.has('ocf:heartbeat:lvmlockd') ? [] : [lvmlockd]),
  ];
}

const plain = (id: string) => ({ id, parameters: {}, operations: [], meta: {}, utilization: {} });

/** The resource of a layer, with the timeouts that its agent advertises. */
function primitiveOf(layer: StorageLayer, vm: string, shared: boolean): Primitive {
  const heartbeat = (type: string) => ({ class: 'ocf', provider: 'heartbeat', type });
  switch (layer.kind) {
    case 'mount':
      return {
        ...plain(idFrom(`fs${layer.directory}`)),
        agent: heartbeat('Filesystem'),
        parameters: { device: layer.source, directory: layer.directory, fstype: layer.type },
        operations: [once('start', 60), once('stop', 60), { name: 'monitor', interval: 20, timeout: 40 }],
      };
    case 'volume-group':
      return {
        ...plain(idFrom(`lvm-${layer.group}`)),
        agent: heartbeat('LVM-activate'),
        // system_id gives the whole group to one node; lvmlockd lets many use it, and knows who does.
        parameters: shared
          ? { vgname: layer.group, vg_access_mode: 'lvmlockd', activation_mode: 'shared' }
          : { vgname: layer.group, vg_access_mode: 'system_id' },
        operations: [once('start', 90), once('stop', 90), { name: 'monitor', interval: 30, timeout: 90 }],
      };
    case 'multipath':
      return {
        ...plain(`${vm}-multipathd`),
        agent: { class: 'systemd', type: 'multipathd' },
        operations: [once('start', 100), once('stop', 100), { name: 'monitor', interval: 60, timeout: 100 }],
      };
    case 'iscsi':
      return {
        ...plain(idFrom(`iscsi-${layer.portal}`)),
        agent: heartbeat('iscsi'),
        parameters: { portal: layer.portal, target: layer.target },
        operations: [once('start', 120), once('stop', 120), { name: 'monitor', interval: 120, timeout: 30 }],
      };
  }
}
