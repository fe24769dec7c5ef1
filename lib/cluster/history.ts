import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import { lastWords, type Runner } from '../system/runner.ts';
import { attributesOf, childrenOf, type Element, parseXml } from './xml.ts';

/** An operation that a node has run, or is running, as the status section of the CIB keeps it: the last of its kind. */
export interface OperationRecord {
  readonly resource: string;
  readonly node: string;
  /** For example `migrate_to`. */
  readonly operation: string;
  /** What names the failure in a log, for example `vm01_migrate_to_0`. */
  readonly key: string;
  /** OCF exit code; 193 while it is under way. */
  readonly code: number;
  /** It has not ended yet. */
  readonly pending: boolean;
  /** It was killed because its time was over, or could not be run at all. */
  readonly isLost: boolean;
  readonly reason: string;
  /** Seconds since 1970, by the clock of its node. */
  readonly changed: number;
  readonly target: string | undefined;
  /** Names this run of it: another run has another one. */
  readonly transition: string;
}

/**
 * The operations of all resources on all nodes.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer on this node.
 */
export async function readHistory(runner: Runner, deadline: Deadline): Promise<readonly OperationRecord[]> {
  const answer = await runner.perform('cibadmin', ['--query', '--scope', 'status'], deadline.within(20_000));
  if (answer.outcome === 'exited' && answer.code === 0) return await parseHistory(answer.stdout);
  throw didNotTell(lastWords(answer));
}

/**
 * The operations of one resource on all nodes; undefined where no cluster is that could know it. The status of a large
 * cluster is longer than any answer may be.
 *
 * @throws OcfError exit 1 when the cluster of this node does not tell.
 */
export async function readResourceHistory(
  runner: Runner,
  resource: string,
  deadline: Deadline,
): Promise<readonly OperationRecord[] | undefined> {
  // No cluster has a resource with such an id.
  if (/["'[\]]/.test(resource)) return undefined;
  const answer = runner.query('cibadmin', ['--query', '--xpath', `//lrm_resource[@id="${resource}"]`], deadline);
  // CRM_EX_DISCONNECT: Pacemaker does not run here.
  if (answer.outcome === 'missing' || (answer.outcome === 'exited' && answer.code === 102)) return undefined;
  // CRM_EX_NOSUCH: it has never been anywhere.
  if (answer.outcome === 'exited' && answer.code === 105) return [];
  if (answer.outcome !== 'exited' || answer.code !== 0) throw didNotTell(lastWords(answer));
  const found = await foundResources(answer.stdout);
  if (found === undefined) throw didNotTell('it printed something else than the history');
  return recordsOf(found);
}

const didNotTell = (why: string) =>
  failed(
    `the cluster did not tell what it has done (cibadmin: ${why})`,
    'look whether Pacemaker runs on this node: systemctl status pacemaker',
  );

/** One element is printed as it is, several within an `xpath-query`; undefined when it is neither. */
async function foundResources(xml: string): Promise<readonly Element[] | undefined> {
  try {
    const root = await parseXml(xml);
    return root['lrm_resource'] ?? (attributesOf(root)['id'] === undefined ? undefined : [root]);
  } catch {
    return undefined;
  }
}

/** Parses what `cibadmin --query --scope status` prints. */
export async function parseHistory(xml: string): Promise<readonly OperationRecord[]> {
  const root = await parseXml(xml);
  return childrenOf([root], 'node_state').flatMap((state) =>
    recordsOf(
      childrenOf(childrenOf(childrenOf([state], 'lrm'), 'lrm_resources'), 'lrm_resource'),
      attributesOf(state)['uname'],
    ),
  );
}

function recordsOf(resources: readonly Element[], node?: string): readonly OperationRecord[] {
  return resources.flatMap((resource) =>
    childrenOf([resource], 'lrm_rsc_op')
      .map(attributesOf)
      .map((one) => ({
        resource: attributesOf(resource)['id'] ?? '',
        node: node ?? one['on_node'] ?? '',
        operation: one['operation'] ?? '',
        key: one['operation_key'] ?? '',
        code: Number(one['rc-code']),
        // enum pcmk_exec_status: -1 pending, 0 done, 1 cancelled, 2 timed out, 3 and above errors.
        pending: one['op-status'] === '-1',
        isLost: Number(one['op-status']) > 1,
        reason: one['exit-reason'] ?? '',
        changed: Number(one['last-rc-change'] ?? 0),
        target: one['migrate_target'],
        transition: one['transition-key'] ?? '',
      })),
  );
}
