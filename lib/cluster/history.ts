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
 * The operations of one resource on all nodes, if a migration among them went to `target`, or, where none is given, to a
 * node that is not known to be gone: it has left the cluster, or was fenced, and all that the cluster knew of its resources
 * went with it. Nothing otherwise; undefined where no cluster is that could know. The status of a large cluster is longer
 * than any answer may be.
 *
 * The cluster itself is left to find out whether there is such a migration, because all VMs of a node ask after its crash,
 * and hardly any of them needs the answer, or the library that reads it.
 *
 * @throws OcfError exit 1 when the cluster of this node does not tell.
 */
export async function readMigrations(
  runner: Runner,
  resource: string,
  target: string | undefined,
  deadline: Deadline,
): Promise<readonly OperationRecord[] | undefined> {
  // No cluster has a resource with such an id.
  if (!isPlain(resource)) return undefined;
  const history = `${nodeStates}/lrm/lrm_resources/lrm_resource[@id="${resource}"]`;
  const to =
    target === undefined || !isPlain(target)
      ? `not(@migrate_target=${goneNodes}) or @migrate_target=${otherNodes}`
      : `@migrate_target="${target}"`;
  const xpath = `${history}[${history}/lrm_rsc_op[@operation="migrate_to"][${to}]]`;
  const answer = runner.query('cibadmin', ['--query', '--xpath', xpath], deadline);
  // CRM_EX_DISCONNECT: Pacemaker does not run here.
  if (answer.outcome === 'missing' || (answer.outcome === 'exited' && answer.code === 102)) return undefined;
  // CRM_EX_NOSUCH: there is no such migration.
  if (answer.outcome === 'exited' && answer.code === 105) return [];
  if (answer.outcome !== 'exited' || answer.code !== 0) throw didNotTell(lastWords(answer));
  const found = await foundResources(answer.stdout);
  if (found === undefined) throw didNotTell('it printed something else than the history');
  return recordsOf(found);
}

/** Whether an id stays one within an XPath expression. */
const isPlain = (id: string) => !/["'[\]]/.test(id);

/** A path from the root: a search through the whole CIB would take the cluster's time. */
const nodeStates = '/cib/status/node_state';

/** What isMember of node-fate.ts reads, in XPath. */
const isOut = '(@in_ccm="false" or @in_ccm="0" or @crmd="offline" or @crmd="0")';
const goneNodes = `${nodeStates}[not(lrm) and ${isOut}]/@uname`;
/** A name may be that of a stale entry as well. */
const otherNodes = `${nodeStates}[lrm or not${isOut}]/@uname`;

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
