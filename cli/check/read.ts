import type { Cib, CibResource, Operation } from '../../lib/cluster/cib.ts';
import { parseInterval } from '../../lib/cluster/cib.ts';
import type { NodeAnswer } from '../../lib/survey/ask-nodes.ts';
import type { Sections } from '../../lib/survey/sections.ts';
import type { VmConfigFacts } from '../../lib/survey/vm-configs.ts';
import { quoteWord } from '../../lib/system/shell-words.ts';
import type { CheckRequest, ClusterFacts } from './check.ts';

/** A resource that is a VM with a configuration file. */
export interface Vm extends CibResource {
  readonly hypervisor: 'xen' | 'vmware';
  /** Path of its configuration file. */
  readonly file: string;
  readonly isMigratable: boolean;
}

/** Agents that run a VM from a file, and the parameter that names it. */
const vmAgents: Readonly<Record<string, { hypervisor: Vm['hypervisor']; parameter: string }>> = {
  'ocf:virt:Xen': { hypervisor: 'xen', parameter: 'xmfile' },
  'ocf:heartbeat:Xen': { hypervisor: 'xen', parameter: 'xmfile' },
  'ocf:virt:VMware': { hypervisor: 'vmware', parameter: 'vmxpath' },
  'ocf:heartbeat:vmware': { hypervisor: 'vmware', parameter: 'vmxpath' },
};

/** The VMs that the cluster manages by a configuration file. */
export function vmsOf(cib: Cib): readonly Vm[] {
  return cib.resources.flatMap((resource) => {
    const agent = vmAgents[resource.agent];
    const file = agent === undefined ? undefined : resource.parameters[agent.parameter];
    if (agent === undefined || file === undefined) return [];
    const { hypervisor } = agent;
    return [{ ...resource, hypervisor, file, isMigratable: isTrue(metaOf(cib, resource, 'allow-migrate')) }];
  });
}

/** A meta attribute as it counts: the resource's own, else the cluster's default. */
export const metaOf = (cib: Cib, resource: CibResource, name: string): string | undefined =>
  resource.meta[name] ?? cib.resourceDefaults[name];

/** A boolean as Pacemaker reads it (crm_str_to_boolean). */
export const isTrue = (value: string | undefined): boolean => /^(true|on|yes|y|1)$/i.test(value ?? '');
export const isFalse = (value: string | undefined): boolean => /^(false|off|no|n|0)$/i.test(value ?? '');

/** The operations of a name; several only for `monitor`. */
export const operationsOf = (resource: CibResource, name: string): readonly Operation[] =>
  resource.operations.filter((operation) => operation.name === name);

/** Pacemaker's own timeout where nobody sets one. */
const defaultTimeoutSeconds = 20;

/** Seconds that the cluster gives an operation: its own timeout, the cluster's default, or Pacemaker's. */
export function timeoutOf(cib: Cib, resource: CibResource, name: string): number {
  const own = operationsOf(resource, name)[0]?.timeout ?? cib.operationDefaults['timeout'];
  const ms = own === undefined ? undefined : parseInterval(own);
  return ms === undefined ? defaultTimeoutSeconds : ms / 1000;
}

/** The command that sets the timeout of an operation, whether it is configured yet or not. */
export function setTimeoutCommand(resource: CibResource, name: string, seconds: number): readonly string[] {
  const operation = operationsOf(resource, name)[0];
  if (operation !== undefined) {
    return ['cibadmin', '--modify', '--xml-text', `<op id="${operation.id}" timeout="${seconds}s"/>`];
  }
  return addOperationCommand(
    resource,
    `<op id="${resource.id}-${name}-0" name="${name}" interval="0" timeout="${seconds}s"/>`,
  );
}

/** The command that adds an operation to a resource, wherever that stands. */
export const addOperationCommand = ({ id }: CibResource, operation: string): readonly string[] => [
  ...['cibadmin', '--modify', '--xml-text'],
  `<primitive id="${id}"><operations>${operation}</operations></primitive>`,
];

export const setMetaCommand = (resource: CibResource, name: string, value: string): readonly string[] => [
  ...['crm_resource', '--resource', resource.id, '--meta'],
  ...['--set-parameter', name, '--parameter-value', value],
];

export const setPropertyCommand = (name: string, value: string): readonly string[] => [
  ...['crm_attribute', '--type', 'crm_config', '--name', name, '--update', value],
];

/** A command on another node: its words are read once more by the shell there. */
export const onNode = (node: string, ...words: readonly string[]): readonly string[] => [
  'ssh',
  node,
  ...words.map(quoteWord),
];

/** Whether a VM may ever run on a node, by the location constraints that name nodes; rules are not evaluated. */
export function mayRun(cib: Cib, resource: CibResource, node: string): boolean {
  const ids = new Set([resource.id, ...resource.within]);
  const scores = cib.constraints
    .filter(({ kind, attributes }) => kind === 'location' && attributes['node'] === node)
    .filter(({ attributes }) => ids.has(attributes['rsc'] ?? ''))
    .map(({ attributes }) => attributes['score'] ?? '0');
  if (scores.some((score) => /^-INFINITY$/i.test(score))) return false;
  return (
    !isFalse(cib.properties['symmetric-cluster']) ||
    scores.some((score) => /^\+?INFINITY$/i.test(score) || Number(score) > 0)
  );
}

/** A section of every node that answered it. */
export function factsOf<Name extends keyof CheckRequest>(
  { answers }: { readonly answers: ReadonlyMap<string, NodeAnswer<Pick<CheckRequest, Name>>> },
  name: Name,
): readonly (readonly [string, Sections[Name]['facts']])[] {
  return [...answers].flatMap(([node, answer]) => {
    if (answer.kind !== 'answered') return [];
    const fact = answer.facts[name] as { facts: Sections[Name]['facts'] } | { problem: string };
    return 'facts' in fact ? [[node, fact.facts] as const] : [];
  });
}

interface ConfigAnswers extends Pick<ClusterFacts, 'cib'> {
  readonly answers: ReadonlyMap<string, NodeAnswer<Pick<CheckRequest, 'vmConfigs'>>>;
}

/** What each node says of a VM's configuration, on nodes where the VM may run. */
export function configsOf(facts: ConfigAnswers, vm: Vm): readonly (readonly [string, VmConfigFacts])[] {
  return factsOf(facts, 'vmConfigs').flatMap(([node, configs]) => {
    const config = configs.find(({ file }) => file === vm.file);
    return config === undefined || !mayRun(facts.cib, vm, node) ? [] : [[node, config] as const];
  });
}

/** MiB that a VM may have, as the first node says that can read its configuration; undefined when none can. */
export function memoryOf(facts: ConfigAnswers, vm: Vm): number | undefined {
  return configsOf(facts, vm).flatMap(([, config]) => (config.kind === 'read' ? (config.memoryMiB ?? []) : []))[0];
}

/** Whether a VM is to run: its target-role, and that of what it is within, does not say otherwise. */
export function isWanted(cib: Cib, resource: CibResource): boolean {
  return !/^stopped$/i.test(metaOf(cib, resource, 'target-role') ?? 'started');
}

/**
 * Whether the cluster itself provides a path, and not on this node at present: a file system that it mounts or a volume
 * group that it activates where the VM runs. Then the path need not be there.
 */
export function isProvidedElsewhere({ cib, status }: ClusterFacts, path: string, node: string): boolean {
  const providers = cib.resources.filter(({ agent, parameters }) => {
    if (agent === 'ocf:heartbeat:Filesystem') return isWithin(path, parameters['directory']);
    if (agent !== 'ocf:heartbeat:LVM-activate' && agent !== 'ocf:heartbeat:LVM') return false;
    const group = parameters['vgname'] ?? parameters['volgrpname'] ?? '';
    // device-mapper doubles the dashes of a name.
    return isWithin(path, `/dev/${group}`) || path.startsWith(`/dev/mapper/${group.replaceAll('-', '--')}-`);
  });
  return providers.some(
    ({ id }) => !status.resources.some((one) => one.id === id && one.active && one.nodes.includes(node)),
  );
}

const isWithin = (path: string, folder: string | undefined) =>
  folder !== undefined && folder !== '' && path.startsWith(`${folder.replace(/\/+$/, '')}/`);

/** Texts with those that fewer have first; for "these differ" with the odd one out on top. */
export function groupedByValue(
  pairs: readonly (readonly [string, string])[],
): readonly (readonly [string, string[]])[] {
  const groups = new Map<string, string[]>();
  for (const [node, value] of pairs) groups.set(value, [...(groups.get(value) ?? []), node]);
  return [...groups].sort(([, one], [, other]) => one.length - other.length);
}
