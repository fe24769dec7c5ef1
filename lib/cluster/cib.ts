import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import { lastWords, type Runner } from '../system/runner.ts';
import { attributesOf, childrenOf, type Element, parseXml } from './xml.ts';

type NameValues = Readonly<Record<string, string>>;

/** The configuration of the cluster: what `cibadmin --query` prints, in the terms of crm and pcs. */
export interface Cib {
  /** Version of the rules that the cluster's nodes have agreed on, for example `3.16.1`. */
  readonly featureSet: string;
  /** Cluster properties, for example `stonith-enabled`; only those that are set. */
  readonly properties: NameValues;
  readonly nodes: readonly CibNode[];
  /** Every primitive, also those within groups, clones and bundles; templates are merged in. */
  readonly resources: readonly CibResource[];
  readonly constraints: readonly Constraint[];
  readonly resourceDefaults: NameValues;
  readonly operationDefaults: NameValues;
}

export interface CibNode {
  readonly id: string;
  readonly name: string;
  /** `member`, `remote` or `ping`. */
  readonly type: string;
  /** Permanent node attributes, which outlive a reboot. */
  readonly attributes: NameValues;
  /** Transient node attributes, which end with the node's time in the cluster. */
  readonly transient: NameValues;
  readonly utilization: NameValues;
}

export interface CibResource {
  readonly id: string;
  /** `class:provider:type` or `class:type`, for example `ocf:virt:Xen` and `stonith:fence_ipmilan`. */
  readonly agent: string;
  readonly parameters: NameValues;
  readonly meta: NameValues;
  readonly utilization: NameValues;
  readonly operations: readonly Operation[];
  /** Ids of the groups, clones and bundles around it, outermost first. */
  readonly within: readonly string[];
  readonly isClone: boolean;
  /** Meta attributes of the clone around it, for example `clone-max`. */
  readonly cloneMeta: NameValues;
}

export interface Operation {
  readonly id: string;
  /** For example `monitor`. */
  readonly name: string;
  /** As written, for example `10s`; `parseInterval` reads it. */
  readonly interval: string;
  /** As written; undefined when only the defaults say. */
  readonly timeout: string | undefined;
  readonly attributes: NameValues;
  /** Parameters of this operation alone, for example `OCF_CHECK_LEVEL`. */
  readonly parameters: NameValues;
}

/** A constraint as it is written, with the text of its rules where it has any. */
export interface Constraint {
  readonly kind: 'location' | 'colocation' | 'order' | 'ticket';
  readonly id: string;
  /** For example `rsc`, `node`, `score` of a location. */
  readonly attributes: NameValues;
  /** Expressions of its rules: node attribute, operation, value; of dates: operation, start, end. */
  readonly expressions: readonly NameValues[];
  /** Ids of the resources it is about. */
  readonly resources: readonly string[];
}

/**
 * Reads the configuration of the cluster from this node's Pacemaker, with the transient attributes.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer on this node.
 */
export async function readCib(runner: Runner, deadline: Deadline): Promise<Cib> {
  const answer = await runner.perform('cibadmin', ['--query'], deadline.within(20_000));
  if (answer.outcome === 'exited' && answer.code === 0) return await parseCib(answer.stdout);
  throw failed(
    `the cluster's configuration could not be read (cibadmin: ${lastWords(answer)})`,
    'look whether Pacemaker runs on this node: systemctl status pacemaker',
  );
}

/** Parses the document that `cibadmin --query` prints. */
export async function parseCib(xml: string): Promise<Cib> {
  const root = await parseXml(xml);
  const configuration = root['configuration'];
  const named = elementsById(root, new Map());
  const status = childrenOf(root['status'], 'node_state');
  const resources = childrenOf(configuration, 'resources');
  const templates = new Map(childrenOf(resources, 'template').map((one) => [attributesOf(one)['id'] ?? '', one]));
  return {
    featureSet: attributesOf(root)['crm_feature_set'] ?? '',
    properties: nameValues(childrenOf(configuration, 'crm_config'), 'cluster_property_set', named),
    resourceDefaults: nameValues(childrenOf(configuration, 'rsc_defaults'), 'meta_attributes', named),
    operationDefaults: nameValues(childrenOf(configuration, 'op_defaults'), 'meta_attributes', named),
    nodes: childrenOf(childrenOf(configuration, 'nodes'), 'node').map((node) => {
      const { id = '', uname = '', type = 'member' } = attributesOf(node);
      const state = status.filter((one) => attributesOf(one)['id'] === id || attributesOf(one)['uname'] === uname);
      return {
        id,
        name: uname,
        type,
        attributes: nameValues([node], 'instance_attributes', named),
        utilization: nameValues([node], 'utilization', named),
        transient: nameValues(childrenOf(state, 'transient_attributes'), 'instance_attributes', named),
      };
    }),
    resources: resources.flatMap((element) =>
      primitivesIn(element, { within: [], isClone: false, cloneMeta: {}, templates, named }),
    ),
    constraints: childrenOf(configuration, 'constraints').flatMap(constraintsIn),
  };
}

type ById = ReadonlyMap<string, Element>;

function elementsById(element: Element, found: Map<string, Element>): Map<string, Element> {
  const { id } = attributesOf(element);
  if (id !== undefined) found.set(id, element);
  for (const child of below(element)) elementsById(child, found);
  return found;
}

function below(element: Element): readonly Element[] {
  return Object.entries(element).flatMap(([name, children]) =>
    name === '$' || !Array.isArray(children) ? [] : (children as readonly Element[]),
  );
}

/** The pairs of all sets of that name; the set with the higher score wins, then the one that comes first. */
function nameValues(parents: readonly Element[], set: string, named: ById): NameValues {
  const score = (element: Element) => Number(attributesOf(element)['score'] ?? 0);
  const sets = childrenOf(parents, set)
    .map((one) => named.get(attributesOf(one)['id-ref'] ?? '') ?? one)
    // A set with a rule holds at times or on some nodes only.
    .filter((one) => childrenOf([one], 'rule').length === 0)
    .sort((one, other) => score(one) - score(other))
    .reverse();
  const pairs = sets.flatMap((one) => {
    const own = childrenOf([one], 'nvpair').map((pair) =>
      attributesOf(named.get(attributesOf(pair)['id-ref'] ?? '') ?? pair),
    );
    return own.map(({ name = '', value = '' }) => [name, value] as const);
  });
  return Object.fromEntries(pairs.reverse());
}

interface Surroundings {
  readonly within: readonly string[];
  readonly isClone: boolean;
  readonly cloneMeta: NameValues;
  readonly templates: ById;
  readonly named: ById;
}

const wrappers = ['group', 'clone', 'master', 'bundle'];

function primitivesIn(element: Element, around: Surroundings): CibResource[] {
  const own = childrenOf([element], 'primitive').map((primitive) => primitiveOf(primitive, around));
  const nested = wrappers.flatMap((wrapper) =>
    childrenOf([element], wrapper).flatMap((one) =>
      primitivesIn(one, {
        ...around,
        within: [...around.within, attributesOf(one)['id'] ?? ''],
        isClone: around.isClone || wrapper !== 'group',
        cloneMeta: wrapper === 'group' ? around.cloneMeta : nameValues([one], 'meta_attributes', around.named),
      }),
    ),
  );
  return [...own, ...nested];
}

function primitiveOf(element: Element, { within, isClone, cloneMeta, templates, named }: Surroundings): CibResource {
  const template = templates.get(attributesOf(element)['template'] ?? '');
  const { class: agentClass = '', provider, type = '' } = { ...attributesOf(template), ...attributesOf(element) };
  const layers = template === undefined ? [element] : [template, element];
  const merged = (set: string) => Object.assign({}, ...layers.map((layer) => nameValues([layer], set, named)));
  const operations = layers
    .flatMap((layer) => childrenOf(childrenOf([layer], 'operations'), 'op'))
    .map((one) => operationOf(one, named));
  return {
    id: attributesOf(element)['id'] ?? '',
    agent: [agentClass, provider, type].filter((part) => part !== undefined).join(':'),
    parameters: merged('instance_attributes'),
    meta: merged('meta_attributes'),
    utilization: merged('utilization'),
    operations,
    within,
    isClone,
    cloneMeta,
  };
}

function operationOf(element: Element, named: ById): Operation {
  const own = nameValues([element], 'meta_attributes', named);
  const { id = '', name = '', interval = '0', timeout, ...rest } = { ...own, ...attributesOf(element) };
  const parameters = nameValues([element], 'instance_attributes', named);
  return { id, name, interval, timeout, attributes: defined(rest), parameters };
}

const constraintKinds = { rsc_location: 'location', rsc_colocation: 'colocation', rsc_order: 'order' } as const;

function constraintsIn(element: Element): Constraint[] {
  return [...Object.entries(constraintKinds), ['rsc_ticket', 'ticket'] as const].flatMap(([tag, kind]) =>
    childrenOf([element], tag).map((one) => {
      const attributes = defined(attributesOf(one));
      const members = childrenOf(childrenOf([one], 'resource_set'), 'resource_ref');
      const direct = ['rsc', 'with-rsc', 'first', 'then'].map((name) => attributes[name]);
      return {
        kind,
        id: attributes['id'] ?? '',
        attributes,
        expressions: childrenOf([one], 'rule').flatMap(expressionsIn),
        resources: [...direct, ...members.map((member) => attributesOf(member)['id'])].filter(
          (id): id is string => id !== undefined,
        ),
      };
    }),
  );
}

function expressionsIn(rule: Element): NameValues[] {
  const own = ['expression', 'date_expression'].flatMap((tag) =>
    childrenOf([rule], tag).map((expression) => defined(attributesOf(expression))),
  );
  return [...own, ...childrenOf([rule], 'rule').flatMap(expressionsIn)];
}

function defined(attributes: Readonly<Record<string, string | undefined>>): NameValues {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * A time as the CIB has it, in milliseconds; undefined when it is none that is read here.
 *
 * Pacemaker's crm_get_msec: a number without a unit is in seconds.
 */
export function parseInterval(text: string): number | undefined {
  const [, number, unit = 's'] = /^(\d+)\s*(us|usec|ms|msec|s|sec|m|min|h|hr)?$/i.exec(text.trim()) ?? [];
  const factor = unitsInMs[unit.toLowerCase()];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

const unitsInMs: Readonly<Record<string, number>> = {
  us: 0.001,
  usec: 0.001,
  ms: 1,
  msec: 1,
  s: 1000,
  sec: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  hr: 3_600_000,
};
