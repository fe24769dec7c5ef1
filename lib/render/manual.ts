import type { AnyAgent, StateTable } from '../agent/define.ts';
import type { Parameter } from '../agent/parameter.ts';
import { exitWords } from '../ocf/exit.ts';
import { codesOf, parameterLine, stateAnswers, stateAnswersMean } from './markdown.ts';
import { mdocArgument, mdocHead, mdocList, mdocLiteral, mdocText, mdocWord } from './mdoc.ts';
import { describe } from './metadata.ts';

/**
 * The manual page of an agent, `ocf_virt_NAME(7)`, in mdoc.
 *
 * @param date of the release.
 */
export function renderManual(agent: AnyAgent, date: Date): string {
  const parameters = Object.entries<Parameter>(agent.parameters);
  return `${mdocHead({ name: `ocf_virt_${agent.name}`, section: 7, short: agent.short, date })}
.Sh SYNOPSIS
.Cm crm configure primitive Ar id Cm ocf:virt:${agent.name} params Ar name Ns = Ns Ar value ...
.Pp
.Pa /usr/lib/ocf/resource.d/virt/${agent.name}
.Ar action
.Sh DESCRIPTION
${mdocText(agent.long)}
.Sh PARAMETERS
${mdocList(
  parameters.map(([name, parameter]) => ({
    term: `Va ${mdocWord(name)}`,
    text: `${mdocText(parameterLine(parameter))}\n.Pp\n${mdocText(describe(parameter))}`,
  })),
)}
.Sh SUPPORTED ACTIONS
Times are advice, which crm and pcs show and warn by.
${mdocList(
  agent.actions.map(({ name, timeout, interval, depth }) => ({
    term: `Cm ${mdocWord(name)}`,
    text: [
      `Timeout ${timeout} s`,
      ...(interval === undefined ? [] : [`interval ${interval} s`]),
      ...(depth === undefined ? [] : [`depth ${depth}`]),
    ].join(', '),
  })),
)}
${agent.states === undefined ? '' : renderStates(agent.states)}.Sh EXAMPLES
${mdocLiteral(example(agent))}
.Sh SEE ALSO
.Xr ocf-virt 1 ,
.Xr crm_mon 8 ,
.Xr pacemakerd 8
`;
}

function renderStates(states: StateTable): string {
  return `.Sh EXIT STATUS
${mdocList(codesOf(states).map((code) => ({ term: `Li ${code}`, text: mdocText(exitWords(code)) })))}
.Pp
${mdocText(stateAnswersMean)}
${mdocList(
  Object.entries(states).map(([kind, row]) => ({
    term: `Sy ${mdocArgument(kind)}`,
    text: `${mdocText(`The VM ${row.meaning}. ${row.handling}`)}\n.br\n${mdocText(
      `${stateAnswers(row)
        .map(({ action, code }) => `${action} ${code}`)
        .join(', ')}.`,
    )}`,
  })),
)}
`;
}

/** A resource with what it cannot do without, and the advised times. */
function example(agent: AnyAgent): string {
  const required = Object.entries<Parameter>(agent.parameters).filter(([, parameter]) => parameter.required);
  const operations = agent.actions.filter(
    ({ name, depth = 0 }) => depth === 0 && ['start', 'stop', 'monitor', 'migrate_to', 'migrate_from'].includes(name),
  );
  const lines = [
    `crm configure primitive my-resource ocf:virt:${agent.name}`,
    ...required.map(([name]) => `params ${name}=...`),
    ...operations.map(
      ({ name, timeout, interval }) =>
        `op ${name} timeout=${timeout}s${interval === undefined ? '' : ` interval=${interval}s`}`,
    ),
    ...(agent.functions['migrate_to'] === undefined ? [] : ['meta allow-migrate=true']),
  ];
  return lines.join(' \\\n    ');
}
