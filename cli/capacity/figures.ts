import type { Cib } from '../../lib/cluster/cib.ts';
import { escapeXml } from '../../lib/render/xml.ts';
import type { HypervisorFacts } from '../../lib/survey/host.ts';
import type { Vm } from '../check/read.ts';

/** What the cluster's configuration lacks for its scheduler to count memory. */
export interface Completion {
  /** Elements to merge into the configuration. */
  readonly elements: readonly string[];
  /** What was taken instead, one sentence each. */
  readonly assumed: readonly string[];
  /** What cannot be known, one sentence each: the answer may be wrong by it. */
  readonly unknown: readonly string[];
  /** Whether the need of every VM is known. A node whose memory is not known takes none, which is on the safe side. */
  readonly isSure: boolean;
}

/** The name of the capacity that ocf:virt:Xen publishes and Pacemaker's own agents use. */
const capacity = 'hv_memory';

const nvpair = (id: string, name: string, value: string | number) =>
  `<nvpair id="${escapeXml(id)}" name="${name}" value="${value}"/>`;

/**
 * Completes a configuration so that the scheduler counts memory: figures that are set stay, those that are missing come
 * from the hypervisors and from the VMs' own configuration.
 */
export function completeFigures(
  cib: Cib,
  vms: readonly Vm[],
  known: {
    readonly memoryOf: (vm: Vm) => number | undefined;
    readonly hypervisorOf: (node: string) => HypervisorFacts | undefined;
  },
): Completion {
  const elements: string[] = [];
  const assumed: string[] = [];
  const unknown: string[] = [];
  let isSure = true;
  const strategy = cib.properties['placement-strategy'] ?? 'default';
  if (strategy === 'default') {
    // Sets count by their score, and the first of those that are equal wins.
    elements.push(
      `<crm_config><cluster_property_set id="ocf-virt-capacity" score="INFINITY">${nvpair('ocf-virt-capacity-strategy', 'placement-strategy', 'utilization')}</cluster_property_set></crm_config>`,
    );
    assumed.push(
      'The cluster itself does not count capacities (placement-strategy is default); here they are counted.',
    );
  }
  const counted = (utilization: Readonly<Record<string, string>>) => utilization[capacity] !== undefined;
  const filledVms: string[] = [];
  for (const vm of vms.filter(({ utilization }) => !counted(utilization))) {
    const memory = known.memoryOf(vm);
    if (memory === undefined) {
      isSure = false;
      unknown.push(`The memory of ${vm.id} is not known: no node can read ${vm.file}.`);
      continue;
    }
    const id = `${vm.id}-ocf-virt-capacity`;
    elements.push(
      `<primitive id="${escapeXml(vm.id)}"><utilization id="${escapeXml(id)}">${nvpair(`${id}-memory`, capacity, memory)}</utilization></primitive>`,
    );
    filledVms.push(`${vm.id} ${memory}`);
  }
  const filledNodes: string[] = [];
  for (const node of cib.nodes.filter(({ type, utilization }) => type !== 'ping' && !counted(utilization))) {
    const hypervisor = known.hypervisorOf(node.name);
    if (hypervisor === undefined || hypervisor.kind === 'none' || hypervisor.kind === 'silent') {
      unknown.push(`The memory of ${node.name} is not known: it counts as none.`);
      continue;
    }
    const memory = hypervisor.totalMiB - (hypervisor.kind === 'xen' ? (hypervisor.dom0MiB ?? 0) : 0);
    const id = `ocf-virt-capacity-${node.id}`;
    elements.push(
      `<node id="${escapeXml(node.id)}"><utilization id="${escapeXml(id)}">${nvpair(`${id}-memory`, capacity, memory)}</utilization></node>`,
    );
    filledNodes.push(`${node.name} ${memory}`);
  }
  if (filledVms.length > 0) assumed.push(`${capacity} by the configuration files: ${filledVms.join(', ')} MiB.`);
  if (filledNodes.length > 0) assumed.push(`${capacity} by the hypervisors: ${filledNodes.join(', ')} MiB.`);
  return { elements, assumed, unknown, isSure };
}
