import yargs from 'yargs';
import { agents } from '../agents/index.ts';
import { version } from '../lib/ocf/version.ts';
import { renderMarkdown } from '../lib/render/markdown.ts';
import { fromNow, machineClock } from '../lib/system/clock.ts';

/** ocf-virt, the operator's helper. */
export async function cli(args: readonly string[]): Promise<void> {
  await yargs([...args])
    .scriptName('ocf-virt')
    .usage('$0 COMMAND\n\nHelps to run virtual machines under Pacemaker with the agents ocf:virt:*.')
    .command('agents', 'list the resource agents', {}, async () => {
      for (const load of Object.values(agents)) {
        const agent = await load();
        process.stdout.write(`ocf:virt:${agent.name}  ${agent.short}\n`);
      }
    })
    .command(
      'describe <agent>',
      "print an agent's parameters, actions and table of states as Markdown",
      (options) => options.positional('agent', { type: 'string', choices: Object.keys(agents), demandOption: true }),
      async ({ agent }) => {
        const load = agents[agent];
        if (load !== undefined) process.stdout.write(renderMarkdown(await load()));
      },
    )
    .command(
      'resume-domain <id>',
      'let a Xen domain go on that an interrupted migration left suspended; only if no other node runs it',
      (options) => options.positional('id', { type: 'number', demandOption: true }),
      async ({ id }) => {
        const { resumeDomain } = await import('../lib/hypervisor/xen/libxl.ts');
        const { localRunner } = await import('../lib/system/local-runner.ts');
        await resumeDomain(id, localRunner, fromNow(10_000, machineClock));
      },
    )
    .fail((message, error) => {
      process.stderr.write(`ocf-virt: ${error === undefined ? message : error.message}\n`);
      process.exit(error === undefined ? 2 : 1);
    })
    .example('$0 describe Xen', 'everything about ocf:virt:Xen')
    .demandCommand(1, 'Name a command.')
    .strict()
    .exitProcess(true)
    .version(version)
    .help()
    .parseAsync();
}
