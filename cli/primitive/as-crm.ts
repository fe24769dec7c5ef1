import { badArguments } from '../../lib/ocf/error.ts';
import { agentName, type Design, type Primitive } from './design.ts';

/**
 * crmsh splits its lines as Python's shlex does. Letters beyond ASCII it stores as `&#233;`, a backslash before a quote it
 * takes for an open quote, a tab it makes blanks (seen with 4.4): such a value is refused.
 */
function quote(value: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(value)) return `"${value.replaceAll('"', '\\"')}"`;
  throw badArguments(
    `crmsh cannot take the value ${JSON.stringify(value)} as it is: it changes letters beyond ASCII and backslashes`,
    'use --format pcs, --format xml, or --apply',
  );
}

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');

/** A design in the language of crmsh, for `crm configure load update FILE`. */
export function asCrm({ primitives, groups, clones, orders, colocations }: Design): string {
  return [
    ...primitives.map(primitiveText),
    ...groups.map(({ id, members }) => `group ${id} ${members.join(' ')}`),
    ...clones.map(({ id, of, meta }) => `clone ${id} ${of} \\\n    meta ${pairs(meta)}`),
    ...orders.map(({ id, first, second }) => `order ${id} Mandatory: ${first} ${second}`),
    ...colocations.map(({ id, resource, beside }) => `colocation ${id} inf: ${resource} ${beside}`),
    '',
  ].join('\n');
}

function primitiveText(primitive: Primitive): string {
  const { id, parameters, operations, meta, utilization } = primitive;
  const set = (name: string, values: Readonly<Record<string, string>>) =>
    Object.keys(values).length === 0 ? [] : [`${name} ${pairs(values)}`];
  const lines = [
    `primitive ${id} ${agentName(primitive)}`,
    ...set('params', parameters),
    ...operations.map(({ name, interval, timeout }) => `op ${name} interval="${interval}s" timeout="${timeout}s"`),
    ...set('meta', meta),
    ...set('utilization', utilization),
  ];
  return lines.join(' \\\n    ');
}
