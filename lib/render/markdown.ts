import type { AnyAgent, StateTable } from '../agent/define.ts';
import type { Parameter } from '../agent/parameter.ts';
import { exitWords } from '../ocf/exit.ts';
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
  const notes = [
    parameter.required ? 'required' : parameter.default === undefined ? 'optional' : `default \`${parameter.default}\``,
    ...(parameter.reloadable ? ['changed without a restart'] : []),
  ];
  return `### ${name}\n\n${parameter.short} (${notes.join(', ')})\n\n${describe(parameter)}`;
}

const columns = ['monitor', 'start', 'stop', 'migrate_to', 'migrate_from'] as const;

function renderStates(states: StateTable): string {
  const rows = Object.entries(states).map(([kind, row]) => {
    const codes = columns.map((column) => String(row[column]));
    return `| ${kind} | ${codes.join(' | ')} | The VM ${row.meaning}. ${row.handling} |`;
  });
  const used = [...new Set(Object.values(states).flatMap((row) => columns.map((column) => row[column])))];
  return `
## States and exit codes

What an action answers when it finds the VM in a state and does not get it out of it; start, stop and migrate act first.

| state | ${columns.join(' | ')} | meaning |
|---|${columns.map(() => '---').join('|')}|---|
${rows.join('\n')}

Exit codes: ${used
    .sort((a, b) => a - b)
    .map((code) => `${code} ${exitWords(code)}`)
    .join(', ')}.
`;
}
