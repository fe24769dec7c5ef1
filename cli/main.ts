import { constants } from 'node:os';
import yargs, { type Argv } from 'yargs';
import { OcfError } from '../lib/ocf/error.ts';
import { exit } from '../lib/ocf/exit.ts';
import { version } from '../lib/ocf/version.ts';
import { ownCommand } from '../lib/system/bun.ts';
import { machineClock } from '../lib/system/clock.ts';
import { localRunner } from '../lib/system/local-runner.ts';
import { type AnyCommand, type CommonArguments, commonOptions, type ExitCode, type Tools } from './command.ts';
import { about, commands, groups } from './commands.ts';
import { printableJson } from './printable.ts';
import { processTerminal } from './terminal.ts';

/** Runs ocf-virt, the operator's helper, as this process. */
export async function cli(args: readonly string[]): Promise<void> {
  process.exitCode = await run(args, processTools());
}

/** The parser of the command line; `tools` are handed to the command that is chosen. */
export function commandLine(
  args: readonly string[],
  onChosen: (command: AnyCommand, args: CommonArguments) => Promise<void>,
): Argv {
  const words = new Map<string, AnyCommand[]>();
  for (const command of commands) {
    const [first = '', second] = command.usage.split(' ');
    const key = second === undefined || /^[<[]/.test(second) ? command.usage : first;
    words.set(key, [...(words.get(key) ?? []), command]);
  }
  let parser = yargs([...args])
    .scriptName('ocf-virt')
    .usage(`$0 COMMAND\n\n${about}`);
  for (const [key, members] of words) {
    const [only] = members;
    if (only !== undefined && only.usage === key) {
      parser = addCommand(parser, only, key, onChosen);
      continue;
    }
    parser = parser.command(key, groupSummary(key, members), (group) =>
      members
        .reduce((inner, one) => addCommand(inner, one, one.usage.slice(key.length + 1), onChosen), group)
        .demandCommand(1, `Say what: ${members.map(({ usage }) => usage.split(' ')[1] ?? '').join(', ')}`),
    );
  }
  return parser
    .completion('completion', 'print a script for the completion of words in bash or zsh')
    .example('$0 describe Xen', 'everything about ocf:virt:Xen')
    .demandCommand(1, 'Name a command')
    .recommendCommands()
    .strict()
    .version(version)
    .help();
}

const groupSummary = (key: string, members: readonly AnyCommand[]) =>
  `${groups[key] ?? key}: ${members.map(({ usage }) => usage.split(' ')[1] ?? '').join(', ')}`;

function addCommand(
  parser: Argv,
  command: AnyCommand,
  usage: string,
  onChosen: (command: AnyCommand, args: CommonArguments) => Promise<void>,
): Argv {
  return parser.command({
    command: usage,
    describe: command.hidden === true ? false : command.summary,
    builder: (options: Argv) => {
      let own = options.usage(`$0 ${command.usage}\n\n${command.description}`);
      for (const [name, positional] of Object.entries(command.positionals))
        own = own.positional(name, positional ?? {});
      own = own.options({ ...command.options, ...commonOptions });
      for (const [line, what] of command.examples) own = own.example(`$0 ${line}`, what);
      return own;
    },
    // yargs has checked them against the options.
    handler: async (args: unknown) => await onChosen(command, args as CommonArguments),
  });
}

/** Runs one command line, and tells its exit code: 0 fine, 1 a problem was found or the work failed, 2 wrong usage. */
async function run(args: readonly string[], tools: Tools): Promise<ExitCode> {
  const { terminal } = tools;
  let code: ExitCode = 0;
  const parser = commandLine(args, async (command, values) => {
    const { exit, text, json } = await command.run(values, tools);
    terminal.progress([]);
    terminal.out(values.json ? `${printableJson(json)}\n` : text);
    code = exit;
  })
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(complaintAbout(args, message));
    });
  try {
    await parser.parseAsync();
  } catch (error) {
    terminal.progress([]);
    terminal.err(`ocf-virt: ${messageOf(error)}\n`);
    const isUsage = error instanceof UsageError || (error instanceof OcfError && error.exit === exit.badArguments);
    code = isUsage ? 2 : 1;
  }
  return code;
}

class UsageError extends Error {}

/** A complaint of yargs with the help that answers it. */
function complaintAbout(args: readonly string[], message: string): string {
  const words = message.startsWith('Not enough non-option arguments') ? 'something is missing' : message.trim();
  return `${words}${words.endsWith('?') ? ' See' : '; see'} ${nearestHelp(args)}`;
}

/** The help of the command that was meant, with its words: `ocf-virt migrate --help (migrate <vm> <node>)`. */
function nearestHelp(args: readonly string[]): string {
  const fixed = (usage: string) => usage.split(' ').filter((word) => !/^[<[]/.test(word));
  const meant = commands.find(({ usage }) => fixed(usage).every((word, index) => args[index] === word));
  const [first = ''] = args;
  if (meant === undefined) return first in groups ? `ocf-virt ${first} --help` : 'ocf-virt --help';
  return `ocf-virt ${fixed(meant.usage).join(' ')} --help (${meant.usage})`;
}

function messageOf(error: unknown): string {
  if (error instanceof OcfError) return `${error.message}; ${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}

function processTools(): Tools {
  const abort = new AbortController();
  const stop = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => {
    // Told twice, it ends at once.
    if (abort.signal.aborted) process.exit(128 + constants.signals[signal]);
    abort.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  // A terminal that is gone, or a reader that has read enough, does not end what has to be put in order.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    runner: localRunner,
    clock: machineClock,
    terminal: processTerminal(),
    ownCommand: ownCommand(),
    interrupted: abort.signal,
  };
}
