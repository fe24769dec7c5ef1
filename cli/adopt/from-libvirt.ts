import { agents } from '../../agents/index.ts';
import type { CibResource } from '../../lib/cluster/cib.ts';
import { badArguments } from '../../lib/ocf/error.ts';
import { quoteWord } from '../../lib/system/shell-words.ts';
import type { Outcome } from '../command.ts';
import { exchange } from './plan.ts';

/** VMs of libvirt, of which the cluster has an agent of its own. */
export const isOfLibvirt = ({ agent }: CibResource): boolean => agent === 'ocf:heartbeat:VirtualDomain';

/**
 * Says how VMs of libvirt become ours. That is not done for them while they run: libvirt, and not xl, restarts a domain of
 * its own after a reboot or crash of the guest (libxlDomainShutdownThread of libvirt's libxl driver). In the second between
 * the old domain and the new one, our agent would see neither, and the cluster might start the VM on another node.
 *
 * @throws OcfError exit 2 when they are no domains of Xen, or the steps are not what was asked for.
 */
export async function fromLibvirt(resources: readonly CibResource[], dryRun: boolean): Promise<Outcome> {
  for (const { id, parameters } of resources) {
    const { hypervisor = '' } = parameters;
    if (!/^xen\b/.test(hypervisor)) {
      const what = hypervisor === '' ? 'and its hypervisor is not set' : `on ${hypervisor}`;
      throw badArguments(`${id} is of ocf:heartbeat:VirtualDomain, ${what}`, 'only domains of Xen become ours');
    }
  }
  const ids = resources.map(({ id }) => id);
  if (!dryRun) {
    throw badArguments(
      `${ids.join(', ')}: of ocf:heartbeat:VirtualDomain; libvirt would go on restarting it beside the cluster, so that it has to be stopped once`,
      `the steps, to be run by hand: ocf-virt adopt ${ids.map(quoteWord).join(' ')} --dry-run`,
    );
  }
  const steps = (await Promise.all(resources.map(stepsOf))).flat();
  return { exit: 0, text: steps.map((step) => `${step}\n`).join(''), json: { resources: ids, steps, dryRun: true } };
}

/** Lines for a shell. */
async function stepsOf({ id, parameters }: CibResource): Promise<string[]> {
  const ours = await agents['Xen']?.();
  const name = quoteWord(id);
  const file = `/etc/xen/cluster/${id}.cfg`;
  const uri = quoteWord(parameters['hypervisor'] ?? '');
  const isOurs = (parameter: string) => parameter in (ours?.parameters ?? {});
  const foreign = Object.keys(parameters)
    .filter((parameter) => !isOurs(parameter))
    .sort();
  const resource = `crm_resource --resource ${name}`;
  const exchanged = exchange({ id, from: '', to: 'ocf:virt:Xen', role: '', nodes: [] });
  return [
    `# ${id}: make its configuration for xl, look at it, and copy it to every node`,
    `virsh --connect ${uri} domxml-to-native xen-xl --xml ${quoteWord(parameters['config'] ?? '')} >${quoteWord(file)}`,
    '# stop it: from here to its start it does not run',
    `${resource} --meta --set-parameter target-role --parameter-value Stopped`,
    'crm_resource --wait',
    '# make it one of ocf:virt:Xen',
    exchanged.command.map(quoteWord).join(' '),
    `${resource} --set-parameter xmfile --parameter-value ${quoteWord(file)}`,
    ...foreign.map((one) => `${resource} --delete-parameter ${quoteWord(one)}`),
    `crm_resource --refresh --resource ${name}`,
    'crm_resource --wait',
    '# start it, by xl; libvirt must have no definition of it, or it would start it too',
    `${resource} --meta --set-parameter target-role --parameter-value Started`,
    'crm_resource --wait',
  ];
}
