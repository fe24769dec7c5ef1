import { parseStringPromise } from 'xml2js';

/** What the cluster says of itself: crm_mon. */
export interface Status {
  readonly quorum: boolean;
  readonly dc: string;
  readonly nodes: readonly NodeStatus[];
  readonly resources: readonly ResourceStatus[];
  readonly failures: readonly Failure[];
}

interface NodeStatus {
  readonly name: string;
  readonly online: boolean;
  readonly standby: boolean;
  readonly unclean: boolean;
}

interface ResourceStatus {
  readonly id: string;
  readonly role: string;
  readonly failed: boolean;
  readonly nodes: readonly string[];
}

/** A line of "Failed Resource Actions". */
interface Failure {
  readonly operation: string;
  readonly node: string;
  readonly code: number;
  readonly reason: string;
}

type Element = { readonly $?: Readonly<Record<string, string>> } & { readonly [name: string]: Element[] | undefined };

/** Reads the output of `crm_mon --output-as=xml --inactive`. */
export async function parseStatus(xml: string): Promise<Status> {
  const parsed = await parseStringPromise(xml, { emptyTag: () => ({}) });
  // `pacemaker-result` in Pacemaker 2.1.
  const [root] = Object.values(parsed) as [Element];
  const { nodes, resources, failures, summary } = root;
  const dc = attributes(summary?.[0]?.['current_dc']?.[0]);
  return {
    quorum: dc['with_quorum'] === 'true',
    dc: dc['name'] ?? '',
    nodes: children(nodes, 'node').map((node) => ({
      name: node['name'] ?? '',
      online: node['online'] === 'true' && node['pending'] === 'false',
      standby: node['standby'] === 'true',
      unclean: node['unclean'] === 'true',
    })),
    resources: (resources?.[0]?.['resource'] ?? []).map((resource) => ({
      id: attributes(resource)['id'] ?? '',
      role: attributes(resource)['role'] ?? '',
      failed: attributes(resource)['failed'] === 'true',
      nodes: (resource['node'] ?? []).map((node) => attributes(node)['name'] ?? ''),
    })),
    failures: children(failures, 'failure').map((failure) => ({
      operation: failure['op_key'] ?? '',
      node: failure['node'] ?? '',
      code: Number(failure['exitcode']),
      reason: failure['exitreason'] ?? '',
    })),
  };
}

function attributes(element: Element | undefined): Readonly<Record<string, string>> {
  return element?.$ ?? {};
}

function children(parents: readonly Element[] | undefined, name: string) {
  return (parents?.[0]?.[name] ?? []).map(attributes);
}
