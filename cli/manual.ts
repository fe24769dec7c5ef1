import type { Options, PositionalOptions } from 'yargs';
import { mdocHead, mdocList, mdocText, mdocWord } from '../lib/render/mdoc.ts';
import { type AnyCommand, commonOptions } from './command.ts';
import { about } from './commands.ts';

/**
 * The manual page `ocf-virt(1)` in mdoc, from the definitions of the commands.
 *
 * @param agents names of the agents, whose pages it refers to.
 * @param date of the release.
 */
export function renderCommandsManual(commands: readonly AnyCommand[], agents: readonly string[], date: Date): string {
  return `${mdocHead({ name: 'ocf-virt', section: 1, short: 'run virtual machines under Pacemaker', date })}
.Sh SYNOPSIS
.Nm
.Ar command
.Op Ar arguments
.Sh DESCRIPTION
${mdocText(about)}
It runs on any node, as root, and asks the other nodes over
.Xr ssh 1 .
.Sh COMMANDS
${commands
  .filter(({ hidden }) => hidden !== true)
  .map(renderCommand)
  .join('\n')}
.Ss completion
Prints a script for the completion of words; it is for the shell that
.Ev SHELL
names, bash or zsh.
.Sh OPTIONS
Every command knows these:
${mdocList([
  ...optionRows(commonOptions),
  { term: 'Fl \\-help', text: 'show what a command does, its options and examples' },
  { term: 'Fl \\-version', text: 'show the version' },
])}
.Sh EXIT STATUS
${mdocList([
  { term: 'Li 0', text: 'All is well.' },
  { term: 'Li 1', text: 'A problem was found, or the work failed; what it was is said.' },
  { term: 'Li 2', text: 'There is no such command, or its arguments are wrong.' },
])}
.Sh SEE ALSO
${agents
  .toSorted((one, other) => one.localeCompare(other, 'en'))
  .map((name) => `.Xr ocf_virt_${name} 7 ,`)
  .join('\n')}
.Xr crm_mon 8 ,
.Xr crm_resource 8
`;
}

function renderCommand({ usage, description, positionals, options, examples }: AnyCommand): string {
  const rows = [
    ...Object.entries<PositionalOptions>(positionals).map(([name, positional]) => ({
      term: `Ar ${mdocWord(name)}`,
      text: mdocText(explanation(positional)),
    })),
    ...optionRows(options),
  ];
  return [
    `.Ss ${mdocWord(usage)}\\&`,
    mdocText(description),
    ...(rows.length === 0 ? [] : [mdocList(rows)]),
    '.Pp',
    examples.length === 1 ? 'Example:' : 'Examples:',
    mdocList(examples.map(([line, what]) => ({ term: `Ic ${mdocWord(`ocf-virt ${line}`)}`, text: mdocText(what) }))),
  ].join('\n');
}

function optionRows(options: Readonly<Record<string, Options>>) {
  return Object.entries(options).map(([name, option]) => ({
    term: `Fl ${mdocWord(`-${name}`)}${option.type === 'boolean' ? '' : ` Ar ${option.type}`}`,
    text: mdocText(explanation(option)),
  }));
}

/** What yargs shows of an option in the help. */
function explanation({ describe = '', choices, default: preset }: Options | PositionalOptions): string {
  const notes = [
    ...(choices === undefined ? [] : [`one of ${choices.join(', ')}`]),
    ...(preset === undefined || preset === false ? [] : [`default ${preset}`]),
  ];
  return `${describe}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}
