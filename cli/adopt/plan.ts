import type { Cib, CibResource } from '../../lib/cluster/cib.ts';
import type { OperationRecord } from '../../lib/cluster/history.ts';
import type { ResourceStatus, Status } from '../../lib/cluster/status.ts';
import { badArguments, failed } from '../../lib/ocf/error.ts';
import { escapeXml } from '../../lib/render/xml.ts';
import type { Change } from '../change.ts';
import { statusOf } from '../migration/vm.ts';

const pairs = [
  ['ocf:heartbeat:Xen', 'ocf:virt:Xen'],
  ['ocf:heartbeat:vmware', 'ocf:virt:VMware'],
] as const;

/** A resource that is to have another agent. */
export interface Adoption {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** As the cluster had it before. */
  readonly role: string;
  readonly nodes: readonly string[];
}

/**
 * What becomes of each resource.
 *
 * @param undo back to the old agents.
 * @throws OcfError exit 2 for a resource that is not of such an agent, exit 1 for one that must be left alone now.
 */
export function adoptions(ids: readonly string[], undo: boolean, cib: Cib, { resources }: Status): Adoption[] {
  return [...new Set(ids)].map((id) => {
    const resource = cib.resources.find((one) => one.id === id);
    if (resource === undefined) {
      throw badArguments(`the cluster has no resource ${JSON.stringify(id)}`, `of the old agents: ${candidates(cib)}`);
    }
    const status = statusOf(id, resources);
    leaveAlone(resource, status);
    return {
      id,
      from: resource.agent,
      to: counterpart(resource, undo),
      role: status?.role ?? 'Stopped',
      nodes: status?.nodes ?? [],
    };
  });
}

function counterpart({ id, agent }: CibResource, undo: boolean): string {
  for (const [old, ours] of pairs) {
    if (agent === (undo ? ours : old)) return undo ? old : ours;
    if (agent === (undo ? old : ours)) throw badArguments(`${id} is of ${agent} already`, 'leave it out');
  }
  throw badArguments(`${id} is of ${agent}`, 'only VMs of the old agents can be adopted');
}

function candidates(cib: Cib): string {
  const old = cib.resources.filter(({ agent }) => pairs.some(([one]) => one === agent));
  return old.map(({ id }) => id).join(', ') || 'none';
}

function leaveAlone({ id, meta, isClone }: CibResource, status: ResourceStatus | undefined): void {
  if (isClone) throw badArguments(`${id} is a clone`, 'a VM must not be one: see ocf-virt check');
  if (meta['maintenance'] !== undefined || meta['is-managed'] !== undefined || status?.managed === false) {
    throw failed(`the cluster does not manage ${id} now`, 'end its maintenance first: crm resource manage, crm_mon -1');
  }
  if (status?.failed === true) throw failed(`${id} has failed`, `see crm_mon -1, then crm resource cleanup ${id}`);
  if (status?.pending !== undefined) throw failed(`${id} is busy (${status.pending})`, 'wait until that has ended');
}

/** From here on the cluster leaves a resource alone. */
export const hold = ({ id }: Adoption): Change => ({
  why: `put ${id} into maintenance`,
  command: ['crm_resource', '--resource', id, '--meta', '--set-parameter', 'maintenance', '--parameter-value', 'true'],
});

/** The other agent, and nothing else. */
export function exchange({ id, to }: Adoption): Change {
  const [standard = '', provider = '', type = ''] = to.split(':').map(escapeXml);
  const xml = `<primitive id="${escapeXml(id)}" class="${standard}" provider="${provider}" type="${type}"/>`;
  return { why: `make ${id} one of ${to}`, command: ['cibadmin', '--modify', '--xml-text', xml] };
}

/** Forgets what the former agent said, and lets the new one look on every node. */
export const lookAgain = ({ id }: Adoption): Change => ({
  why: `let ${id} be looked for on every node`,
  command: ['crm_resource', '--refresh', '--resource', id],
});

/** The cluster takes care of it again. */
export const release = ({ id }: Adoption): Change => ({
  why: `end the maintenance of ${id}`,
  command: ['crm_resource', '--resource', id, '--meta', '--delete-parameter', 'maintenance'],
});

/**
 * What the cluster says otherwise of a resource than before, or does not know yet; undefined when it says the same.
 *
 * @param history what has run since the resource was to be looked for.
 */
export function difference(
  adoption: Adoption,
  { nodes: all, resources, failures }: Status,
  history: readonly OperationRecord[],
): string | undefined {
  const { id, to, role, nodes } = adoption;
  const failure = failures.find(({ operation }) => operation.startsWith(`${id}_`));
  if (failure !== undefined) return `${id}: ${failure.operation} on ${failure.node}: ${failure.reason || failure.code}`;
  const silent = all.filter(
    ({ name, online }) =>
      online && !history.some((one) => one.resource === id && one.node === name && one.operation === 'monitor'),
  );
  if (silent.length > 0) return `${id} was not looked for on ${silent.map(({ name }) => name).join(', ')} yet`;
  const now = statusOf(id, resources);
  const place = (where: string, on: readonly string[]) => (on.length === 0 ? where : `${where} on ${on.join(' and ')}`);
  if (now?.agent === to && now.role === role && now.nodes.toSorted().join() === nodes.toSorted().join())
    return undefined;
  return `${id} was ${place(role, nodes)}, and is ${now === undefined ? 'unknown' : place(now.role, now.nodes)}`;
}
