import { escapeXml } from '../../lib/render/xml.ts';
import type { Design, Primitive } from './design.ts';

/** A design as the element `configuration` of the CIB, for `cibadmin --modify --allow-create`. */
export function asXml({ primitives, groups, clones, orders, colocations }: Design): string {
  const grouped = new Set(groups.flatMap(({ members }) => members));
  const cloned = new Set(clones.map(({ of }) => of));
  const byId = new Map(primitives.map((one) => [one.id, one]));
  const elementOf = (id: string, indent: string): string[] => {
    const group = groups.find((one) => one.id === id);
    if (group === undefined) {
      const primitive = byId.get(id);
      return primitive === undefined ? [] : primitiveLines(primitive, indent);
    }
    return [
      `${indent}<group id="${escapeXml(id)}">`,
      ...group.members.flatMap((member) => elementOf(member, `${indent}  `)),
      `${indent}</group>`,
    ];
  };
  const tops = [...groups.map(({ id }) => id), ...primitives.map(({ id }) => id).filter((id) => !grouped.has(id))];
  const resources = [
    ...clones.flatMap(({ id, of, meta }) => [
      `    <clone id="${escapeXml(id)}">`,
      ...setLines('meta_attributes', `${id}-meta`, meta, '      '),
      ...elementOf(of, '      '),
      '    </clone>',
    ]),
    ...tops.filter((id) => !cloned.has(id)).flatMap((id) => elementOf(id, '    ')),
  ];
  const constraints = [
    ...orders.map(
      ({ id, first, second }) =>
        `    <rsc_order id="${escapeXml(id)}" kind="Mandatory" first="${escapeXml(first)}" then="${escapeXml(second)}"/>`,
    ),
    ...colocations.map(
      ({ id, resource, beside }) =>
        `    <rsc_colocation id="${escapeXml(id)}" score="INFINITY" rsc="${escapeXml(resource)}" with-rsc="${escapeXml(beside)}"/>`,
    ),
  ];
  return [
    '<configuration>',
    '  <resources>',
    ...resources,
    '  </resources>',
    ...(constraints.length === 0 ? [] : ['  <constraints>', ...constraints, '  </constraints>']),
    '</configuration>',
    '',
  ].join('\n');
}

function primitiveLines({ id, agent, parameters, operations, meta, utilization }: Primitive, indent: string): string[] {
  const provider = agent.provider === undefined ? '' : ` provider="${escapeXml(agent.provider)}"`;
  return [
    `${indent}<primitive id="${escapeXml(id)}" class="${escapeXml(agent.class)}"${provider} type="${escapeXml(agent.type)}">`,
    ...setLines('meta_attributes', `${id}-meta`, meta, `${indent}  `),
    ...setLines('instance_attributes', `${id}-params`, parameters, `${indent}  `),
    ...setLines('utilization', `${id}-utilization`, utilization, `${indent}  `),
    ...(operations.length === 0
      ? []
      : [
          `${indent}  <operations>`,
          ...operations.map(
            ({ name, interval, timeout }) =>
              `${indent}    <op id="${escapeXml(id)}-${name}-${interval}" name="${name}" interval="${interval}s" timeout="${timeout}s"/>`,
          ),
          `${indent}  </operations>`,
        ]),
    `${indent}</primitive>`,
  ];
}

function setLines(tag: string, id: string, values: Readonly<Record<string, string>>, indent: string): string[] {
  const pairs = Object.entries(values);
  if (pairs.length === 0) return [];
  return [
    `${indent}<${tag} id="${escapeXml(id)}">`,
    ...pairs.map(
      ([name, value]) =>
        `${indent}  <nvpair id="${escapeXml(id)}-${escapeXml(name)}" name="${escapeXml(name)}" value="${escapeXml(value)}"/>`,
    ),
    `${indent}</${tag}>`,
  ];
}
