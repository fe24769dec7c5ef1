import { badArguments, failed } from '../../lib/ocf/error.ts';
import { defineCommand } from '../command.ts';

export const whereCommand = defineCommand({
  usage: 'where [vm]',
  summary: 'show which VM runs on which node, by the hypervisors and by the cluster',
  description:
    'Asks the hypervisors of all nodes (xl, vmware-cmd, vmware-vim-cmd, vmrun) over ssh, each with a deadline, and puts what they say beside what the cluster believes. Says what differs: a VM that runs twice, one that runs where the cluster does not know, one that is "Started" and does not run, copies that a migration left over, VMs that no resource manages, nodes and toolstacks that did not answer. A node that does not answer is unknown, never without VMs. Exits with 1 if anything differs.',
  positionals: { vm: { type: 'string', describe: 'a VM, a resource or a .vmx file; all if not given' } },
  options: {
    node: {
      type: 'string',
      array: true,
      nargs: 1,
      describe: 'ask this node only; may be repeated, and works where the cluster does not answer',
    },
  },
  examples: [
    ['where', 'every VM, on every node'],
    ['where vm01', 'where vm01 runs, and whether the cluster knows'],
    ['where --node node1 --node node2', 'only these nodes, also when Pacemaker is down'],
  ],
  run: async ({ vm, node, timeout }, tools) => {
    const { lookEverywhere } = await import('../where/look.ts');
    const { show } = await import('../where/show.ts');
    const { differences } = await import('../where/compare.ts');
    const look = await lookEverywhere(tools, { seconds: timeout, only: node });
    // Its ssh sessions end with it: what they did not answer means nothing.
    if (tools.interrupted.aborted) throw failed('interrupted', 'ask again');
    if (look.clusterProblem !== undefined && node === undefined) {
      throw failed(look.clusterProblem, 'name the nodes to ask the hypervisors without the cluster: --node NODE');
    }
    if (look.nodes.size === 0) throw badArguments('there is no node to ask', 'see crm_node --list');
    const isMeant = ({ vm: own, shown, belief }: (typeof look.vms)[number]) =>
      vm === undefined || [own, shown, belief?.resource].includes(vm);
    const vms = look.vms.filter(isMeant);
    const found = differences(vms, look.nodes);
    const nowhere = vm !== undefined && vms.length === 0;
    const complaint = nowhere ? `No hypervisor that answered knows ${vm}, and no resource manages it.\n` : '';
    const cluster = look.clusterProblem === undefined ? '' : `The cluster is not asked: ${look.clusterProblem}.\n`;
    return {
      exit: found.length > 0 || nowhere || look.clusterProblem !== undefined ? 1 : 0,
      text: `${nowhere ? complaint : ''}${show(vms, look.nodes, found, tools.terminal)}${cluster}`,
      json: { vms, nodes: Object.fromEntries(look.nodes), differences: found, clusterProblem: look.clusterProblem },
    };
  },
});
