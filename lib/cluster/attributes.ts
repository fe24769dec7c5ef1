import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import { lastWords, type Runner } from '../system/runner.ts';

/** How long a node attribute lasts, in the words of crm_attribute: for ever, or for the node's time in the cluster. */
export type Lifetime = 'forever' | 'reboot';

/**
 * The value of a node attribute: the permanent one, else the transient one; undefined when neither is set.
 *
 * @throws OcfError exit 1 when the cluster does not answer.
 */
export function readNodeAttribute(runner: Runner, node: string, name: string, deadline: Deadline): string | undefined {
  return (
    readAttributeOf('forever', runner, node, name, deadline) ?? readAttributeOf('reboot', runner, node, name, deadline)
  );
}

/**
 * The value of a node attribute of one lifetime; undefined when it is not set.
 *
 * @throws OcfError exit 1 when the cluster does not answer.
 */
export function readAttributeOf(
  lifetime: Lifetime,
  runner: Runner,
  node: string,
  name: string,
  deadline: Deadline,
): string | undefined {
  const args = ['--node', node, '--name', name, '--lifetime', lifetime, '--query', '--quiet'];
  const answer = runner.query('crm_attribute', args, deadline.within(10_000));
  // 105 is CRM_EX_NOSUCH, 6 what Pacemaker 1.1 gave (ENXIO).
  if (answer.outcome === 'exited' && (answer.code === 105 || answer.code === 6)) return undefined;
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    throw failed(
      `the attribute ${name} of node ${node} could not be read: ${lastWords(answer)}`,
      'look whether Pacemaker runs on this node: crm_mon -1',
    );
  }
  const value = answer.stdout.trim();
  return value === '' || value === '(null)' ? undefined : value;
}

/**
 * Sets a node attribute, or takes it away when there is no value.
 *
 * @throws OcfError exit 1 when the cluster refuses or does not answer.
 */
export function writeNodeAttribute(
  lifetime: Lifetime,
  runner: Runner,
  node: string,
  name: string,
  value: string | undefined,
  deadline: Deadline,
): void {
  const change = value === undefined ? '--delete' : `--update=${value}`;
  const args = ['--node', node, '--name', name, '--lifetime', lifetime, change];
  const answer = runner.query('crm_attribute', args, deadline.within(10_000));
  if (answer.outcome === 'exited' && answer.code === 0) return;
  throw failed(
    `the attribute ${name} of node ${node} could not be ${value === undefined ? 'taken away' : 'set'}: ${lastWords(answer)}`,
    'look whether Pacemaker runs on this node: crm_mon -1',
  );
}

/** Sets a utilization attribute of a resource in the CIB; false when the cluster refused. */
export function setUtilization(
  runner: Runner,
  resource: string,
  name: string,
  value: number,
  deadline: Deadline,
): boolean {
  const args = ['--resource', resource, '--utilization', '--set-parameter', name, '--parameter-value', String(value)];
  const answer = runner.query('crm_resource', args, deadline.within(10_000));
  return answer.outcome === 'exited' && answer.code === 0;
}
