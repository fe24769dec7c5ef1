import { agents } from '../../agents/index.ts';
import { badArguments } from '../../lib/ocf/error.ts';
import { defineCommand } from '../command.ts';

export const describeCommand = defineCommand({
  usage: 'describe <agent>',
  summary: "print an agent's parameters, actions and table of states as Markdown",
  description:
    'Prints everything about one agent: its parameters, its actions, and what each action answers for each state of a VM.',
  positionals: { agent: { type: 'string', choices: Object.keys(agents), demandOption: true, describe: 'its name' } },
  options: {},
  examples: [['describe Xen', 'everything about ocf:virt:Xen']],
  run: async ({ agent }) => {
    const load = agents[agent];
    if (load === undefined) throw badArguments(`there is no agent ${agent}`, 'see ocf-virt agents');
    const { renderMarkdown } = await import('../../lib/render/markdown.ts');
    const definition = await load();
    const text = renderMarkdown(definition);
    const { name, short, long, parameters, actions, states } = definition;
    return { exit: 0, text, json: { name, short, long, parameters, actions, states } };
  },
});
