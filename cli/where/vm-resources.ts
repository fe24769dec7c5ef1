import type { Cib, CibResource } from '../../lib/cluster/cib.ts';
import type { ResourceStatus } from '../../lib/cluster/status.ts';
import type { VmsFacts, VmsOptions, VmwareAccess } from '../../lib/survey/vms.ts';

/** A resource that manages a VM. */
export interface VmResource {
  readonly id: string;
  readonly agent: string;
  readonly hypervisor: 'xen' | 'vmware' | 'libvirt';
  /** The domain's name or the .vmx file, where a parameter says it. */
  readonly vm: string | undefined;
  /** The configuration file that says it otherwise. */
  readonly file: string | undefined;
}

/** What the cluster believes of a VM. */
export interface Belief {
  readonly resource: string;
  readonly hypervisor: VmResource['hypervisor'];
  /** The domain's name; with VMware the path of the .vmx file, without symbolic links. */
  readonly vm: string;
  /** As crm_mon has it, for example `Started`. */
  readonly role: string;
  readonly nodes: readonly string[];
  /** Something is under way, so that the hypervisors may be ahead of the cluster. */
  readonly pending: string | undefined;
}

/** The resources of the agents that manage VMs. */
export function vmResources(cib: Cib): readonly VmResource[] {
  return cib.resources.flatMap((resource) => {
    const found = identityOf(resource);
    return found === undefined
      ? []
      : [{ id: resource.id, agent: resource.agent, vm: undefined, file: undefined, ...found }];
  });
}

function identityOf({
  agent,
  parameters,
}: CibResource): (Pick<VmResource, 'hypervisor'> & Partial<Pick<VmResource, 'vm' | 'file'>>) | undefined {
  switch (agent) {
    case 'ocf:virt:Xen':
    case 'ocf:heartbeat:Xen':
      return { hypervisor: 'xen', vm: textOf(parameters['name']), file: textOf(parameters['xmfile']) };
    case 'ocf:virt:VMware':
    case 'ocf:heartbeat:vmware':
      return { hypervisor: 'vmware', vm: textOf(parameters['vmxpath']) };
    case 'ocf:heartbeat:VirtualDomain':
      return { hypervisor: 'libvirt', file: textOf(parameters['config']) };
    default:
      return undefined;
  }
}

const textOf = (value: string | undefined) => (value === undefined || value.trim() === '' ? undefined : value.trim());

/** What to ask the nodes, so that they find the VMs of these resources. */
export function surveyOptions(cib: Cib, resources: readonly VmResource[]): VmsOptions {
  const filesOf = (hypervisor: VmResource['hypervisor'], which: 'file' | 'vm') =>
    resources.flatMap((one) => (one.hypervisor === hypervisor && one[which] !== undefined ? [one[which]] : []));
  const accesses = cib.resources.filter(({ agent }) => agent === 'ocf:virt:VMware').map(accessOf);
  const nameless = resources.filter(({ vm }) => vm === undefined);
  return {
    xlFiles: nameless.flatMap(({ hypervisor, file }) => (hypervisor === 'xen' && file !== undefined ? [file] : [])),
    libvirtFiles: filesOf('libvirt', 'file'),
    vmxFiles: filesOf('vmware', 'vm'),
    ...(accesses.length === 0
      ? {}
      : { vmware: [...new Map(accesses.map((one) => [JSON.stringify(one), one])).values()] }),
  };
}

const accessOf = ({ parameters }: CibResource): VmwareAccess => ({
  toolstack: parameters['toolstack'] ?? 'auto',
  vmrun_type: parameters['vmrun_type'] ?? 'ws',
  host_url: textOf(parameters['host_url']),
  user: textOf(parameters['user']),
  password_file: textOf(parameters['password_file']),
  vimshbin: textOf(parameters['vimshbin']),
});

/**
 * What the cluster believes of each VM. The name comes as the agent takes it: the parameter, else the configuration file as
 * any node has read it, else the id of the resource.
 */
export function beliefs(
  resources: readonly VmResource[],
  status: readonly ResourceStatus[],
  answers: readonly Pick<VmsFacts, 'names' | 'realPaths'>[],
): readonly Belief[] {
  const names = Object.assign({}, ...answers.map((one) => one.names)) as VmsFacts['names'];
  const realPaths = Object.assign({}, ...answers.map((one) => one.realPaths)) as VmsFacts['realPaths'];
  return resources.map(({ id, hypervisor, vm, file }) => {
    // An instance of a clone has its number behind the id.
    const states = status.filter((one) => one.id.replace(/:\d+$/, '') === id);
    const named = vm ?? (file === undefined ? undefined : names[file]) ?? id;
    return {
      resource: id,
      hypervisor,
      vm: hypervisor === 'vmware' ? (realPaths[named] ?? named) : named,
      role: states.find(({ nodes }) => nodes.length > 0)?.role ?? states[0]?.role ?? 'Stopped',
      nodes: [...new Set(states.flatMap(({ nodes }) => nodes))],
      pending: states.find(({ pending }) => pending !== undefined)?.pending,
    };
  });
}
