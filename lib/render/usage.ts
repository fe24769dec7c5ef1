import type { AnyAgent } from '../agent/define.ts';
import type { Parameter } from '../agent/parameter.ts';

/** A page of help for somebody who runs the agent by hand. */
export function renderUsage(agent: AnyAgent): string {
  const parameters = Object.entries<Parameter>(agent.parameters).map(([name, parameter]) => {
    const preset =
      parameter.default === undefined ? (parameter.required ? 'required' : 'optional') : `default ${parameter.default}`;
    return `  OCF_RESKEY_${name} (${preset})\n      ${parameter.short}`;
  });
  return `usage: ${agent.name} {${Object.keys(agent.functions).join('|')}|meta-data|usage}

${agent.short}. A cluster resource agent (ocf:virt:${agent.name}), normally called by Pacemaker.
By hand, parameters come from the environment:

${parameters.join('\n')}

Example:
  OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=vm01 ${required(agent)}${agent.name} monitor; echo $?
`;
}

/** The parameters without which nothing works, to be filled in. */
function required(agent: AnyAgent): string {
  return Object.entries<Parameter>(agent.parameters)
    .filter(([, parameter]) => parameter.required)
    .map(([name]) => `OCF_RESKEY_${name}=… `)
    .join('');
}
