import { defineCommand } from '../command.ts';

export const initCommand = defineCommand({
  usage: 'init [hosts]',
  summary: 'make the files of a new cluster out of a list of its hosts',
  description: `Makes what a cluster of VMs begins with out of one YAML file: corosync.conf and /etc/hosts for every node, and the cluster's first configuration for crm (fencing, migration addresses, the watcher, an NFS mount). For hosts that boot over the network also what their server needs: DHCP and TFTP (dnsmasq), exports of NFS, and GRUB with a file for each host, for Xen as for Linux alone.

Everything is written below a folder, and nothing else is touched; a file there that is not the same stays unless --force is given. Mistakes in the list are told with their lines, all at once.

The list names the hosts with their addresses, and what they share; --example prints one with everything that there may be. Two nodes are told to corosync as such, a second network becomes its second link.`,
  positionals: {
    hosts: { type: 'string', describe: 'the YAML file' },
  },
  options: {
    example: { type: 'boolean', default: false, describe: 'only print a list to begin with' },
    output: { type: 'string', default: 'ocf-virt-init', describe: 'the folder to write to' },
    force: { type: 'boolean', default: false, describe: 'replace files of another content' },
    'dry-run': { type: 'boolean', default: false, describe: 'only print the files' },
  },
  examples: [
    ['init --example', 'prints a list to begin with'],
    ['init hosts.yaml', 'writes everything below ocf-virt-init'],
    ['init hosts.yaml --dry-run', 'prints it'],
  ],
  run: async (args) => (await import('../init/init.ts')).init(args),
});
