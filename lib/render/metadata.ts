import type { Action, AnyAgent } from '../agent/define.ts';
import type { Parameter } from '../agent/parameter.ts';
import { version } from '../ocf/version.ts';
import { escapeXml } from './xml.ts';

/**
 * The meta-data of an agent, valid against OCF 1.1's ra-api-1.1.rng and against ra-api-1.dtd, which ocf-tester uses.
 *
 * The old DTD knows neither `unique-group`, `reloadable` nor the action reload-agent, and `xmllint --valid` wants a
 * DOCTYPE: the internal subset adds what is missing. `select` and `deprecated` cannot be added (an element may not be
 * declared twice), so a choice is a string whose description names the options.
 */
export function renderMetadata(agent: AnyAgent): string {
  return `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd" [
  <!ATTLIST parameter unique-group CDATA #IMPLIED reloadable (0|1) #IMPLIED>
  <!ATTLIST action name CDATA #REQUIRED>
]>
<resource-agent name="${escapeXml(agent.name)}" version="${escapeXml(version)}">
<version>1.1</version>
<longdesc lang="en">
${escapeXml(agent.long)}
</longdesc>
<shortdesc lang="en">${escapeXml(agent.short)}</shortdesc>
<parameters>
${Object.entries<Parameter>(agent.parameters)
  .map(([name, parameter]) => renderParameter(name, parameter))
  .join('\n')}
</parameters>
<actions>
${agent.actions.map(renderAction).join('\n')}
</actions>
</resource-agent>
`;
}

const contentType: Readonly<Record<Parameter['type'], string>> = {
  text: 'string',
  choice: 'string',
  flag: 'boolean',
  integer: 'integer',
  seconds: 'string',
};

function renderParameter(name: string, parameter: Parameter): string {
  const attributes = [
    `name="${name}"`,
    ...(parameter.uniqueGroup === undefined ? [] : [`unique-group="${escapeXml(parameter.uniqueGroup)}"`]),
    `unique="${parameter.uniqueGroup === undefined ? 0 : 1}"`,
    `required="${parameter.required ? 1 : 0}"`,
    `reloadable="${parameter.reloadable ? 1 : 0}"`,
  ];
  const preset = parameter.default === undefined ? '' : ` default="${escapeXml(String(parameter.default))}"`;
  return `<parameter ${attributes.join(' ')}>
<longdesc lang="en">
${escapeXml(describe(parameter))}
</longdesc>
<shortdesc lang="en">${escapeXml(parameter.short)}</shortdesc>
<content type="${contentType[parameter.type]}"${preset} />
</parameter>`;
}

/** The long description with what the type itself says: options, range, unit. */
export function describe(parameter: Parameter): string {
  if (parameter.type === 'choice') return `${parameter.long}\n\nOne of: ${parameter.options.join(', ')}.`;
  if (parameter.type === 'integer') {
    return `${parameter.long}\n\nIn ${parameter.unit}, from ${parameter.minimum} to ${parameter.maximum}.`;
  }
  if (parameter.type === 'seconds') return `${parameter.long}\n\nA time in seconds, or with a unit: 90, 90s, 2min.`;
  return parameter.long;
}

function renderAction({ name, timeout, interval, depth }: Action): string {
  const optional = [
    ...(interval === undefined ? [] : [` interval="${interval}s"`]),
    ...(depth === undefined ? [] : [` depth="${depth}"`]),
  ];
  return `<action name="${name}" timeout="${timeout}s"${optional.join('')} />`;
}
