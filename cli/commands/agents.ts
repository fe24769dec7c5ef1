import { agents } from '../../agents/index.ts';
import { defineCommand } from '../command.ts';
import { table } from '../table.ts';

export const agentsCommand = defineCommand({
  usage: 'agents',
  summary: 'list the resource agents',
  description: 'Lists the resource agents of ocf-virt.',
  positionals: {},
  options: {},
  examples: [['agents', 'which agents there are']],
  run: async () => {
    const all = await Promise.all(Object.values(agents).map((load) => load()));
    const json = all.map(({ name, short }) => ({ agent: `ocf:virt:${name}`, description: short }));
    return {
      exit: 0,
      json,
      text: table(
        ['AGENT', 'DESCRIPTION'],
        json.map(({ agent, description }) => [agent, description]),
      ),
    };
  },
});
