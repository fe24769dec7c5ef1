import { badArguments } from '../ocf/error.ts';
import { type Cib, type CibNode, type CibResource, type Operation, parseInterval } from './cib.ts';

/** One action as Pacemaker would run it. */
export interface PlannedAction {
  readonly resource: CibResource;
  readonly action: string;
  /** The node that runs it. */
  readonly node: CibNode;
  /** The recurring operation; undefined for a probe and for everything that is no monitor. */
  readonly operation: Operation | undefined;
  readonly timeoutMs: number;
  /** The two ends of a migration. */
  readonly migration?: { readonly source: string; readonly target: string } | undefined;
  /** Clone instance of a globally unique clone, the number behind the colon of its id. */
  readonly instance?: string | undefined;
}

/** Pacemaker's own default where neither the operation nor the defaults of operations say. */
const defaultTimeoutMs = 20_000;

/**
 * The operation of the configuration that an action is run as: that of its name, of several monitors the one of
 * `interval`, or the most frequent. A probe takes no operation.
 *
 * @throws OcfError exit 2 when no operation has that interval.
 */
export function operationFor(
  resource: CibResource,
  action: string,
  { interval, isProbe }: { readonly interval?: string | undefined; readonly isProbe: boolean },
): Operation | undefined {
  if (isProbe) return undefined;
  const all = resource.operations.filter(({ name }) => name === action);
  const ms = (operation: Operation) => parseInterval(operation.interval) ?? 0;
  if (interval !== undefined) {
    const found = all.find((one) => ms(one) === parseInterval(interval));
    if (found !== undefined) return found;
    const known = all.map((one) => one.interval).join(', ') || 'none';
    throw badArguments(
      `${resource.id} has no operation ${action} with the interval ${interval}`,
      `use one of its intervals: ${known}`,
    );
  }
  return [...all].sort((one, other) => ms(one) - ms(other))[0];
}

/** Milliseconds that Pacemaker gives an action. A probe has the time of the most frequent monitor. */
export function timeoutOf(
  { operationDefaults, properties }: Cib,
  resource: CibResource,
  action: string,
  operation = operationFor(resource, action, { isProbe: false }),
): number {
  const text = operation?.timeout ?? operationDefaults['timeout'] ?? properties['default-action-timeout'];
  return (text === undefined ? undefined : parseInterval(text)) ?? defaultTimeoutMs;
}

/**
 * The environment variables that Pacemaker sets for an action of an OCF agent, beyond those of its own process: OCF 1.1
 * and, as `OCF_RESKEY_CRM_meta_*`, what its scheduler writes into a transition (compared with Pacemaker 2.1.5).
 */
export function actionEnvironment(cib: Cib, planned: PlannedAction, root: string): Record<string, string> {
  const { resource, instance } = planned;
  const [, provider = '', type = ''] = resource.agent.split(':');
  const { OCF_CHECK_LEVEL: level, ...own } = planned.operation?.parameters ?? {};
  return {
    OCF_ROOT: root,
    OCF_RA_VERSION_MAJOR: '1',
    OCF_RA_VERSION_MINOR: '1',
    OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
    OCF_RESOURCE_INSTANCE: instance === undefined ? resource.id : `${resource.id}:${instance}`,
    OCF_RESOURCE_PROVIDER: provider,
    OCF_RESOURCE_TYPE: type,
    ...(level === undefined ? {} : { OCF_CHECK_LEVEL: level }),
    ...prefixed('OCF_RESKEY_', { ...resource.parameters, crm_feature_set: cib.featureSet }),
    ...prefixed('OCF_RESKEY_CRM_meta_', underscored({ ...metaOf(cib, planned), ...own })),
  };
}

function metaOf(cib: Cib, planned: PlannedAction): Record<string, string> {
  const { resource, action, node, operation, timeoutMs, migration } = planned;
  const { timeout: _, ...defaults } = cib.operationDefaults;
  const intervalMs = operation === undefined ? 0 : (parseInterval(operation.interval) ?? 0);
  const isProbe = action === 'monitor' && operation === undefined;
  return {
    ...defaults,
    ...operation?.attributes,
    on_node: node.name,
    on_node_uuid: node.id,
    timeout: String(timeoutMs),
    // Pacemaker names an action only where the configuration has an operation for it.
    ...(operation === undefined ? {} : { name: action }),
    ...(intervalMs === 0 ? {} : { interval: String(intervalMs) }),
    ...(migration === undefined ? {} : { migrate_source: migration.source, migrate_target: migration.target }),
    ...(action === 'migrate_to' ? { record_pending: 'true' } : {}),
    ...(resource.isClone && !isProbe ? cloneMetaOf(cib, planned) : {}),
  };
}

/** Counts of a clone. Which anonymous instance is meant has no meaning: the lowest number stands for any. */
function cloneMetaOf({ nodes }: Cib, { resource: { cloneMeta }, instance }: PlannedAction): Record<string, string> {
  return {
    clone: instance ?? '0',
    clone_max: cloneMeta['clone-max'] ?? String(nodes.length),
    clone_node_max: cloneMeta['clone-node-max'] ?? '1',
    globally_unique: cloneMeta['globally-unique'] ?? 'false',
    notify: cloneMeta['notify'] ?? 'false',
  };
}

const prefixed = (prefix: string, values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));

const underscored = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name.replaceAll('-', '_'), value]));
