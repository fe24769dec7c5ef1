import { defineCommand } from '../command.ts';

export const resumeDomainCommand = defineCommand({
  usage: 'resume-domain <id>',
  summary: 'let a Xen domain go on that an interrupted migration left suspended',
  description:
    'Calls libxl to let a suspended domain of this node go on. Only if no other node runs it: two running copies destroy its disks.',
  positionals: { id: { type: 'number', demandOption: true, describe: 'the domain id, as xl list shows it' } },
  options: {},
  examples: [['resume-domain 7', 'domain 7 goes on']],
  run: async ({ id, timeout }, { runner, clock }) => {
    const { resumeDomain } = await import('../../lib/hypervisor/xen/libxl.ts');
    const { fromNow } = await import('../../lib/system/clock.ts');
    await resumeDomain(id, runner, fromNow(timeout * 1000, clock));
    return { exit: 0, text: '', json: { resumed: id } };
  },
});
