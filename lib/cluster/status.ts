import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import type { Runner } from '../system/runner.ts';
import { complaintIn } from './complaint.ts';
import { attributesOf, childrenOf, type Element, parseXml } from './xml.ts';

/** What the cluster says of itself: crm_mon. */
export interface Status {
  readonly quorum: boolean;
  /** Name of the designated controller; empty while there is none. */
  readonly dc: string;
  readonly nodes: readonly NodeStatus[];
  /** Every resource, also those within groups, clones and bundles. */
  readonly resources: readonly ResourceStatus[];
  readonly failures: readonly Failure[];
}

/** A node as Pacemaker sees it. */
export interface NodeStatus {
  readonly name: string;
  readonly online: boolean;
  readonly standby: boolean;
  readonly maintenance: boolean;
  /** Lost, and not fenced yet. */
  readonly unclean: boolean;
  /** False once it left the cluster in good order, or was fenced. */
  readonly expectedUp: boolean;
}

export interface ResourceStatus {
  readonly id: string;
  /** `class:provider:type`, for example `ocf:virt:Xen`. */
  readonly agent: string;
  readonly role: string;
  readonly targetRole: string | undefined;
  readonly active: boolean;
  readonly managed: boolean;
  readonly failed: boolean;
  /** What is under way, for example `Migrating`. */
  readonly pending: string | undefined;
  readonly nodes: readonly string[];
}

/** A line of "Failed Resource Actions". */
export interface Failure {
  /** `RESOURCE_ACTION_INTERVAL`, for example `vm01_monitor_10000`. */
  readonly operation: string;
  readonly node: string;
  /** OCF exit code. */
  readonly code: number;
  readonly reason: string;
}

/**
 * Asks Pacemaker for its state.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer on this node.
 */
export async function readStatus(runner: Runner, deadline: Deadline): Promise<Status> {
  const args = ['--one-shot', '--inactive', '--output-as=xml'];
  const answer = await runner.perform('crm_mon', args, deadline.within(20_000));
  if (answer.outcome === 'exited' && answer.code === 0) return await parseStatus(answer.stdout);
  throw failed(
    `the cluster did not tell its state (crm_mon: ${complaintIn(answer)})`,
    'look whether Pacemaker runs on this node: systemctl status pacemaker',
  );
}

/**
 * Parses `crm_mon --output-as=xml`. A node with an attribute that is missing is taken to be alive, because a wrong
 * "dead" costs more than a wrong "alive".
 */
export async function parseStatus(xml: string): Promise<Status> {
  const { nodes, resources, failures, summary } = await parseXml(xml);
  const dc = attributesOf(summary?.[0]?.['current_dc']?.[0]);
  return {
    quorum: dc['with_quorum'] === 'true',
    dc: dc['name'] ?? '',
    nodes: childrenOf(nodes, 'node')
      .map(attributesOf)
      .map((node) => ({
        name: node['name'] ?? '',
        online: node['online'] !== 'false' && node['pending'] !== 'true',
        standby: node['standby'] === 'true',
        maintenance: node['maintenance'] === 'true',
        unclean: node['unclean'] !== 'false',
        expectedUp: node['expected_up'] !== 'false',
      })),
    resources: (resources ?? []).flatMap(resourcesWithin),
    failures: childrenOf(failures, 'failure')
      .map(attributesOf)
      .map((failure) => ({
        operation: failure['op_key'] ?? '',
        node: failure['node'] ?? '',
        code: Number(failure['exitcode']),
        reason: failure['exitreason'] ?? '',
      })),
  };
}

function resourcesWithin(element: Element): ResourceStatus[] {
  return Object.entries(element).flatMap(([name, children]) => {
    if (name === '$' || !Array.isArray(children)) return [];
    return name === 'resource' ? children.map(resourceOf) : children.flatMap(resourcesWithin);
  });
}

function resourceOf(element: Element): ResourceStatus {
  const resource = attributesOf(element);
  return {
    id: resource['id'] ?? '',
    // Pacemaker 2.1 writes two colons before the provider.
    agent: (resource['resource_agent'] ?? '').replace('::', ':'),
    role: resource['role'] ?? '',
    targetRole: resource['target_role'],
    active: resource['active'] === 'true',
    managed: resource['managed'] !== 'false',
    failed: resource['failed'] === 'true',
    pending: resource['pending'],
    nodes: childrenOf([element], 'node').map((node) => attributesOf(node)['name'] ?? ''),
  };
}
