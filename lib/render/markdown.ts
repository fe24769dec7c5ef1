import type { AnyAgent, StateRow, StateTable } from '../agent/define.ts';
import type { Parameter } from '../agent/parameter.ts';
import { type Exit, exitWords } from '../ocf/exit.ts';
import { describe } from './metadata.ts';

/** The reference page of an agent. */
export function renderMarkdown(agent: AnyAgent): string {
  const parameters = Object.entries<Parameter>(agent.parameters).map(([name, parameter]) =>
    renderParameter(name, parameter),
  );
  const actions = agent.actions.map(
    ({ name, timeout, interval, depth }) =>
      `| ${name} | ${timeout} s | ${interval === undefined ? '' : `${interval} s`} | ${depth ?? ''} |`,
  );
  return `# ocf:virt:${agent.name}

${agent.long}

## Parameters

${parameters.join('\n\n')}

## Actions

| action | timeout | interval | depth |
|---|---|---|---|
${actions.join('\n')}
${agent.states === undefined ? '' : renderStates(agent.states)}`;
}

function renderParameter(name: string, parameter: Parameter): string {
  return `### ${name}\n\n${parameterLine(parameter)}\n\n${describe(parameter)}`;
}

/** What a parameter is in one line: `default` and other notes in brackets, values as `code`. */
export function parameterLine(parameter: Parameter): string {
  const notes = [
    parameter.required ? 'required' : parameter.default === undefined ? 'optional' : `default \`${parameter.default}\``,
    ...(parameter.reloadable ? ['changed without a restart'] : []),
  ];
  return `${parameter.short} (${notes.join(', ')})`;
}

const columns = ['monitor', 'start', 'stop', 'migrate_to', 'migrate_from'] as const;

/** What the table of states shows. */
export const stateAnswersMean =
  'What an action answers when it finds the VM in a state and does not get it out of it; start, stop and migrate act first.';

/** What each action answers for a state. */
export function stateAnswers(row: StateRow): { readonly action: string; readonly code: Exit }[] {
  return columns.map((action) => ({ action, code: row[action] }));
}

/** Every exit code of a table of states, in ascending order. */
export function codesOf(states: StateTable): Exit[] {
  const codes = Object.values(states).flatMap((row) => stateAnswers(row).map(({ code }) => code));
  return [...new Set(codes)].sort((a, b) => a - b);
}

function renderStates(states: StateTable): string {
  const rows = Object.entries(states).map(([kind, row]) => {
    const codes = stateAnswers(row).map(({ code }) => code);
    return `| ${kind} | ${codes.join(' | ')} | The VM ${row.meaning}. ${row.handling} |`;
  });
  return `
## States and exit codes

${stateAnswersMean}

| state | ${columns.join(' | ')} | meaning |
|---|${columns.map(() => '---').join('|')}|---|
${rows.join('\n')}

Exit codes: ${codesOf(states)
    .map((code) => `${code} ${exitWords(code)}`)
    .join(', ')}.
`;
}
