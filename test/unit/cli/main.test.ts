import { expect, it } from 'vitest';
import { commands } from '../../../cli/commands.ts';
import { commandLine } from '../../../cli/main.ts';

it.each(commands.map((command) => [command.usage, command] as const))(
  '"%s" has a help with an example of its own',
  async (usage, { examples, description }) => {
    expect(examples.length).toBeGreaterThan(0);
    expect(description).toMatch(/^[A-Z`].*\.$/s);
    const words = usage.split(' ').filter((word) => !/^[<[]/.test(word));
    for (const [line] of examples) expect(line.split(' ').slice(0, words.length)).toEqual(words);
    let help = '';
    await commandLine([], async () => {}).parseAsync([...words, '--help'], {}, (_error, _args, output) => {
      help = output;
    });
    expect(help).toContain(`ocf-virt ${usage}`);
    expect(help).toContain(`ocf-virt ${examples[0]?.[0].slice(0, 20)}`);
  },
);

it.each(commands.flatMap(({ examples }) => examples.map(([line]) => [line])))(
  'the example "%s" is a command line that is understood',
  async (line) => {
    const { splitWords } = await import('../../../lib/system/shell-words.ts');
    let chosen = '';
    await commandLine(splitWords(line), async ({ usage }) => {
      chosen = usage;
    })
      .exitProcess(false)
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .parseAsync();
    expect(chosen).not.toBe('');
  },
);
