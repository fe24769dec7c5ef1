import type { Cib, CibResource } from '../../lib/cluster/cib.ts';
import type { NodeStatus, ResourceStatus, Status } from '../../lib/cluster/status.ts';
import { badArguments } from '../../lib/ocf/error.ts';
import { type VmResource, vmResources } from '../where/vm-resources.ts';

/** A VM as a resource of the cluster. */
export interface Vm {
  readonly id: string;
  readonly resource: CibResource;
  readonly hypervisor: VmResource['hypervisor'];
  /** The name of its domain or its .vmx file, where a parameter says it. */
  readonly name: string | undefined;
  /** Absolute path of its configuration file of xl or VMware. */
  readonly configFile: string | undefined;
  /** Node attribute with the address of live migrations; undefined where node names are used. */
  readonly addressAttribute: string | undefined;
  readonly sshOptions: string;
  /** Where the cluster has it running. */
  readonly nodes: readonly string[];
}

/** Every VM of the cluster. */
export function vmsOf(cib: Cib, { resources }: Status): readonly Vm[] {
  return vmResources(cib).flatMap((found) => {
    const resource = cib.resources.find(({ id }) => id === found.id);
    if (resource === undefined) return [];
    const status = statusOf(found.id, resources);
    const file = found.hypervisor === 'vmware' ? found.vm : found.file;
    return [
      {
        id: found.id,
        resource,
        hypervisor: found.hypervisor,
        name: found.vm,
        configFile: found.hypervisor === 'libvirt' ? undefined : file,
        addressAttribute: resource.parameters['node_ip_attribute'],
        sshOptions: resource.parameters['migration_ssh_options'] ?? '',
        nodes: status?.active === true ? status.nodes : [],
      },
    ];
  });
}

/**
 * A VM by the id of its resource.
 *
 * @throws OcfError exit 2 when there is none.
 */
export function vmNamed(id: string, cib: Cib, status: Status): Vm {
  const vms = vmsOf(cib, status);
  const found = vms.find((vm) => vm.id === id);
  if (found !== undefined) return found;
  const resource = cib.resources.find((one) => one.id === id);
  if (resource !== undefined) {
    throw badArguments(`${id} is no VM but of ${resource.agent}`, `move it with: crm resource move ${id} NODE`);
  }
  const all = vms.map((vm) => vm.id).join(', ') || 'none';
  throw badArguments(`the cluster has no resource ${JSON.stringify(id)}`, `its VMs: ${all}`);
}

export const statusOf = (id: string, resources: readonly ResourceStatus[]): ResourceStatus | undefined =>
  resources.find((one) => one.id === id);

/**
 * A node by its name.
 *
 * @throws OcfError exit 2 when the cluster has no such node.
 */
export function nodeNamed(name: string, { nodes }: Status): NodeStatus {
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const all = nodes.map((node) => node.name).join(', ');
  throw badArguments(`the cluster has no node ${JSON.stringify(name)}`, `its nodes: ${all}`);
}
