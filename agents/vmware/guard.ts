import { type ClusterNode, clusterNodes, type Fencing, fencingOf } from '../../lib/cluster/node-fate.ts';
import { isMachineNamed, ownerOf } from '../../lib/hypervisor/vmware/lock-owner.ts';
import { describeLock, type Lock, readLocks, removeLock } from '../../lib/hypervisor/vmware/locks.ts';
import type { Vmx } from '../../lib/hypervisor/vmware/vmx-file.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { hostNames } from '../../lib/system/host-names.ts';
import { lockHost } from './own-locks.ts';
import type { Vm, VmwareContext } from './vm.ts';

/** A lock that keeps the VM from starting here, and why it stays. */
interface Obstacle {
  readonly lock: Lock;
  readonly why: string;
}

/**
 * Refuses while another host holds a lock of the VM. The lock of a host that is proven dead, by Pacemaker's own word and
 * within lock_policy, is removed; the others are waited for until `limit`, because a VM that has just left takes them
 * away by itself.
 *
 * @throws OcfError exit 1 with the lock, its owner, and why it counts.
 */
export async function mustNotRunElsewhere(vm: Vm, vmx: Vmx, context: VmwareContext, limit: Deadline): Promise<void> {
  const obstacles = await waitUntil(
    () => obstaclesOf(vm, vmx, context),
    (found) => found.length === 0,
    limit,
    context.host.clock,
  );
  const [first] = obstacles;
  if (first === undefined) return;
  throw failed(
    `${vm.label} is not started: ${describeLock(first.lock)} ${first.why}`,
    `stop the VM on that host; if it is proven not to run anywhere, remove ${first.lock.path}`,
  );
}

async function obstaclesOf(vm: Vm, vmx: Vmx, context: VmwareContext): Promise<readonly Obstacle[]> {
  const locks = readLocks(vm.vmxpath, vmx);
  if (locks.length === 0) return [];
  const here = lockHost(context, true);
  const found: Obstacle[] = [];
  for (const lock of locks) {
    const owner = ownerOf(lock.member, here);
    // VMware itself discards the lock of a process of its own host that is dead, and says what a living one holds.
    if (owner.kind === 'dead here' || owner.kind === 'alive here') continue;
    // A shared lock is that of a clone that reads a disk.
    if (lock.member?.exclusive === false) continue;
    const why = await whyItStays(lock, context);
    if (why === undefined) context.log.warn(`${lock.path} is removed: ${describeLock(lock)}, and its host is dead`);
    if (why !== undefined || !removeLock(lock)) found.push({ lock, why: why ?? 'and was taken anew meanwhile' });
  }
  return found;
}

/** Why the lock of another host must stay; undefined when its owner is proven dead and the policy allows to remove it. */
async function whyItStays(lock: Lock, context: VmwareContext): Promise<string | undefined> {
  const { lock_policy } = context.parameters;
  const { member } = lock;
  if (member === undefined) return 'and may be held by a living one';
  const machine = `of another host (machine id ${member.machineId})`;
  const fate = await fateOf(member.machineId, context);
  if (typeof fate === 'string') return `${machine}: ${fate}`;
  const { node, fencing } = fate;
  const held = `of node ${node.name}`;
  if (lock_policy === 'keep') return `${held}, and lock_policy is keep`;
  if (fencing.pending || node.unclean) return `${held}, which is lost and not fenced yet`;
  if (fencing.lastMs !== undefined && fencing.lastMs > lock.writtenMs) return undefined;
  if (node.online) return `${held}, which is online`;
  if (lock_policy === 'fenced-or-stopped' && !node.expectedUp) return undefined;
  return `${held}, which is offline but was not fenced after it had written the lock (lock_policy is ${lock_policy})`;
}

/** The node that wrote a lock, and what became of it; a text when that cannot be told. */
async function fateOf(
  machineId: string,
  { host, deadline }: VmwareContext,
): Promise<{ readonly node: ClusterNode; readonly fencing: Fencing } | string> {
  try {
    const nodes = await clusterNodes(host.runner, deadline);
    const owners = nodes.filter(({ name }) => isMachineNamed(machineId, hostNames(host.runner, name, deadline)));
    const [node] = owners;
    if (node === undefined || owners.length > 1) return 'no node of this cluster has its name';
    return { node, fencing: await fencingOf(host.runner, node.name, deadline) };
  } catch (error) {
    if (error instanceof OcfError) return error.message;
    return `the cluster's answer was not understood: ${error instanceof Error ? error.message : error}`;
  }
}
