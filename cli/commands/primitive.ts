import { type CommonArguments, defineCommand, type Outcome, type Tools } from '../command.ts';

const options = {
  id: { type: 'string', describe: 'name of the resource; that of the VM if not given' },
  format: {
    type: 'string',
    choices: ['crm', 'pcs', 'xml'],
    default: 'crm',
    describe: 'crm: for crm configure load update; pcs: a shell script; xml: for cibadmin --modify --allow-create',
  },
  storage: {
    type: 'boolean',
    default: false,
    describe: 'also what lies under its disks: mounts, LVM with its locks, multipath, iSCSI',
  },
  rate: { type: 'number', describe: 'MiB a second that a live migration was measured to move' },
  apply: { type: 'boolean', default: false, describe: 'configure it in the cluster' },
  'dry-run': { type: 'boolean', default: false, describe: 'with --apply: only print the command' },
} as const;

interface PrimitiveArguments extends CommonArguments {
  readonly id: string | undefined;
  readonly format: string;
  readonly storage: boolean;
  readonly rate: number | undefined;
  readonly apply: boolean;
  readonly 'dry-run': boolean;
}

const description = (
  file: string,
) => `Makes the whole resource of a VM out of ${file}: its parameters, its operations with timeouts for its memory and for the speed of the migration network, its meta attributes, what it needs (utilization). With --storage also the resources that its storage needs, as this node has it now, with their order and places; what the cluster already has is used.

The result is tried on a copy of the cluster's configuration and judged by crm_verify before it is printed or, with --apply, configured. The exit code is 1 when it does not pass.`;

export const primitiveXenCommand = defineCommand({
  usage: 'primitive xen <cfg>',
  summary: 'make the resource of a Xen VM out of its configuration file',
  description: description('its xl configuration file'),
  positionals: {
    cfg: { type: 'string', demandOption: true, describe: 'absolute path of the file, the same on all nodes' },
  },
  options,
  examples: [
    ['primitive xen /etc/xen/vm01.cfg', 'for crm'],
    ['primitive xen /etc/xen/vm01.cfg --apply', 'configures it'],
  ],
  run: async ({ cfg, ...args }, tools) => await primitive('xen', cfg, args, tools),
});

export const primitiveVmwareCommand = defineCommand({
  usage: 'primitive vmware <vmx>',
  summary: 'make the resource of a VMware VM out of its .vmx file',
  description: description('its .vmx file'),
  positionals: {
    vmx: { type: 'string', demandOption: true, describe: 'absolute path of the file, the same on all nodes' },
  },
  options,
  examples: [['primitive vmware /vms/vm01.vmx', 'for crm']],
  run: async ({ vmx, ...args }, tools) => await primitive('vmware', vmx, args, tools),
});

async function primitive(
  hypervisor: 'xen' | 'vmware',
  file: string,
  args: PrimitiveArguments,
  tools: Tools,
): Promise<Outcome> {
  const { designFor } = await import('../primitive/for-cluster.ts');
  const { asCrm } = await import('../primitive/as-crm.ts');
  const { asPcs } = await import('../primitive/as-pcs.ts');
  const { asXml } = await import('../primitive/as-xml.ts');
  const { id, rate, storage, timeout } = args;
  const { design, notes } = await designFor({ hypervisor, file, id, rate, storage, seconds: timeout }, tools);
  const xml = asXml(design);
  if (args.apply) {
    const { makeChanges } = await import('../change.ts');
    const words = ['--modify', '--allow-create', '--scope', 'configuration', '--xml-text', xml];
    const why = `${design.primitives.map((one) => one.id).join(', ')} configured`;
    const done = await makeChanges([{ why, command: ['cibadmin', ...words] }], {
      tools,
      seconds: 60,
      dryRun: args['dry-run'],
    });
    return { ...done, json: { design, notes, applied: !args['dry-run'] } };
  }
  const name = design.primitives.at(-1)?.id ?? '';
  const text = args.format === 'xml' ? xml : args.format === 'pcs' ? asPcs(design, `${name}.cib.xml`) : asCrm(design);
  // Beside the result, which is made to be redirected into a file: crmsh refuses remarks with two dashes.
  for (const note of notes) tools.terminal.err(`${note}\n`);
  return { exit: 0, text, json: { design, notes, text } };
}
