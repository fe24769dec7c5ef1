import type { OperationRecord } from '../../lib/cluster/history.ts';
import type { ResourceStatus } from '../../lib/cluster/status.ts';

/** What became of a VM that was to leave a node. */
export type Arrival = {
  /**
   * `live`: it went on without a reboot; `restarted`: it was booted anew; `stayed`: it never left; `stopped`: it runs
   * nowhere; `unsettled`: the cluster does not know one place where it runs.
   */
  readonly kind: 'live' | 'restarted' | 'stayed' | 'stopped' | 'unsettled';
  readonly node: string | undefined;
  /** Operations that failed on the way. */
  readonly failures: readonly OperationRecord[];
  /**
   * A start that followed a live migration, without a stop where it went: whether the VM was booted, only its agent knows.
   * Pacemaker 2.1.5 sends one in place of migrate_from when its transition is ended amid a migration whose VM has gone the
   * same way before.
   */
  readonly unsureStart?: OperationRecord | undefined;
};

/**
 * Judges by what the cluster ran. Pacemaker starts a VM only where it does not migrate it live, so that a start on its
 * node since then means a new boot, but for `unsureStart`.
 *
 * @param before every operation before it began; `after` when the cluster had nothing left to do.
 */
export function judgeArrival(
  vm: string,
  from: string,
  status: ResourceStatus | undefined,
  before: readonly OperationRecord[],
  after: readonly OperationRecord[],
): Arrival {
  const known = new Set(before.map(identity));
  const done = after.filter((one) => one.resource === vm && !known.has(identity(one)));
  const failures = done.filter(isFailure);
  const result = (kind: Arrival['kind'], node?: string, unsureStart?: OperationRecord): Arrival => ({
    ...{ kind, node, failures },
    ...(unsureStart === undefined ? {} : { unsureStart }),
  });
  if (status === undefined || status.nodes.length > 1 || status.failed) return result('unsettled');
  const [node] = status.nodes;
  if (node === undefined || !status.active) return result('stopped');
  if (status.role !== 'Started' && status.role !== 'Unpromoted') return result('unsettled', node);
  const here = done.filter((one) => one.node === node && one.code === 0);
  const last = (operation: string) =>
    Math.max(-1, ...here.filter((one) => one.operation === operation).map(({ changed }) => changed));
  if (last('start') >= 0 && last('start') >= last('migrate_from')) {
    const hasLeft = done.some((one) => one.operation === 'migrate_to' && one.target === node && one.code === 0);
    const isUnsure = hasLeft && last('migrate_from') < 0 && last('stop') < 0;
    return result('restarted', node, isUnsure ? here.find((one) => one.operation === 'start') : undefined);
  }
  if (node === from && last('migrate_from') < 0) return result('stayed', node);
  return last('migrate_from') >= 0 ? result('live', node) : result('restarted', node);
}

const identity = ({ resource, node, key, transition }: OperationRecord) => [resource, node, key, transition].join(' ');

function isFailure({ operation, code, pending, isLost }: OperationRecord): boolean {
  if (pending) return false;
  if (isLost) return true;
  // 7 is an answer to a question: is it here?
  return code !== 0 && code !== 190 && !(operation === 'monitor' && code === 7) && code !== 193;
}
