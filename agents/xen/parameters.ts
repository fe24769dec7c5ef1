import type { Parameters } from '../../lib/agent/parameter.ts';
import { domainNameProblem } from '../../lib/hypervisor/xen/domain-name.ts';
import { isPlainWord } from '../../lib/system/letters.ts';
import { splitWords } from '../../lib/system/shell-words.ts';

const absolutePath = (value: string) =>
  value.startsWith('/') ? undefined : 'use an absolute path, the same on every node';

/** Letters that xl's configuration syntax and its option parser leave alone. */
const domainName = (value: string) =>
  (isPlainWord(value) || !/["'\\]/.test(value)) && value.length <= 80 && domainNameProblem(value) === undefined
    ? undefined
    : 'use the name as xl list shows it, without quotes, backslashes or a dash in front';

const sshOptions = (value: string) => {
  try {
    splitWords(value);
    return undefined;
  } catch {
    return 'close the quotes';
  }
};

/** Every parameter of ocf:heartbeat:Xen under its name, and those that the old agent's users missed. */
export const parameters = {
  xmfile: {
    type: 'text',
    required: true,
    uniqueGroup: 'config',
    check: absolutePath,
    short: 'configuration file of the domain (xl.cfg)',
    long: 'Absolute path of the xl configuration file of this domain. It must be readable on every node that may run the VM, by shared storage or by copies. The agent never changes it.',
  },
  name: {
    type: 'text',
    uniqueGroup: 'name',
    check: domainName,
    short: 'name of the domain',
    long: 'Name of the domain, if it is to differ from the name in the configuration file. When neither is set, the id of the resource is used.',
  },
  shutdown_timeout: {
    type: 'seconds',
    reloadable: true,
    short: 'time for a graceful shutdown before the domain is destroyed',
    long: 'How long a stop waits for the guest to power off before it destroys the domain. 0 destroys at once. When not set, it is two thirds of the timeout of the stop operation, so that a third is left to destroy and to verify.',
  },
  shutdown_acpi: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'press the power button instead of asking the guest driver',
    long: 'Shut down with "xl trigger NAME power" instead of "xl shutdown -F NAME". Needed only for guests that answer the ACPI power button but ignore the request of their own PV driver; guests without PV drivers get the button anyway. The same as stop_method=acpi.',
  },
  stop_method: {
    type: 'choice',
    options: ['shutdown', 'acpi', 'save', 'destroy'],
    default: 'shutdown',
    reloadable: true,
    short: 'how a stop ends the VM',
    long: 'shutdown: the guest powers off by itself, else it is destroyed after shutdown_timeout. acpi: likewise, asked by the ACPI power button. save: the memory image is kept in save_directory, and the next start restores it; when that fails, the guest is shut down. destroy: the domain is ended at once, like pulling the plug.',
  },
  save_directory: {
    type: 'text',
    check: absolutePath,
    reloadable: true,
    short: 'folder of memory images for stop_method=save',
    long: 'Folder for the memory images of stop_method=save, on storage that all nodes share and that only root can write. Each image is used once. An image that is older than the last start of the VM anywhere is never restored, because the disks have changed since.',
  },
  node_ip_attribute: {
    type: 'text',
    reloadable: true,
    check: (value: string) =>
      /^[A-Za-z_][\w.-]*$/.test(value) ? undefined : 'use the name of a node attribute, such as ip_livemigration',
    short: 'node attribute with the live migration address',
    long: 'Name of the node attribute that holds the address over which a node receives live migrations, for example ip_livemigration. Set it for each node: crm_attribute --type nodes --node NODE --name ip_livemigration --update ADDRESS. Permanent and transient attributes are read. When the attribute of the target is missing or is no address, the migration fails before it begins and says so; it never falls back to another network. When this parameter is not set, the node name is used.',
  },
  migration_ssh_options: {
    type: 'text',
    reloadable: true,
    check: sshOptions,
    short: 'further options of the ssh that carries a migration',
    long: 'Options for ssh, for example "-p 2222 -i /root/.ssh/migration". They come before the agent\'s own (-o ControlPath=none -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3), and ssh takes the first value that it reads. The stream of a migration prefers AES-GCM, the fastest cipher of ssh where the processor knows AES; "-c chacha20-poly1305@openssh.com" chooses another one.',
  },
  migration_timeout: {
    type: 'seconds',
    minimum: 1,
    reloadable: true,
    short: 'time for a migration before it is given up',
    long: 'How long the copy of a live migration may take before the agent ends its transport, so that the VM goes on where it is. When not set, it is nine tenths of the timeout of the migrate_to operation. Set that timeout by the memory of the VM and the speed of the network: 32 GB have been seen to take 18 minutes.',
  },
  monitor_scripts: {
    type: 'text',
    reloadable: true,
    short: 'scripts that look inside the VM',
    long: 'Scripts, separated by blanks, that monitor the services of the guest. All must return 0. A start or a migration is complete only when they do; a monitor fails when one does not. Each one is ended when it takes more than its share of the timeout.',
  },
  unknown_tolerance: {
    type: 'integer',
    minimum: 0,
    maximum: 1000,
    unit: 'monitors',
    default: 3,
    reloadable: true,
    short: 'unanswered monitors tolerated while the VM shows other signs of life',
    long: 'How many monitors in a row may find that the toolstack does not answer while a second source (the processes of the domain, xenstore) shows that the domain lives. Until then the monitor reports "degraded" (190), visible in crm_mon, and nothing is recovered. After that, or without a sign of life, the monitor fails. It never says "stopped".',
  },
  toolstack_timeout: {
    type: 'seconds',
    minimum: 1,
    reloadable: true,
    short: 'how long an action asks again a toolstack that does not answer',
    long: 'How long an action goes on asking a toolstack that does not answer before it fails. When not set, until shortly before the timeout of the operation. A stop that fails for this reason gets the node fenced, which is what makes it safe to start the VM elsewhere.',
  },
  crash_is_failure: {
    type: 'flag',
    default: true,
    reloadable: true,
    short: 'a crashed domain that is preserved is a failure',
    long: 'Whether a guest that crashed and was kept for a post-mortem (on_crash="preserve") is a failed resource, which Pacemaker recovers. If false, the monitor reports "degraded" (190) and the domain stays as it is until somebody has looked.',
  },
  paused_is_failure: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'a paused domain is a failure',
    long: 'Whether a paused domain is a failed resource. If false, the monitor reports "degraded" (190), because pausing is normally what an administrator did.',
  },
  allow_mem_management: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'share the memory of a node among its VMs',
    long: 'At start, stop and migration, share the memory of the node equally among its running VMs (total memory less reserved_Dom0_memory). The new VM gets its share by an override at creation; the configuration file is not changed.',
  },
  reserved_Dom0_memory: {
    type: 'integer',
    minimum: 0,
    maximum: 1_048_576,
    unit: 'MiB',
    default: 512,
    reloadable: true,
    short: 'memory kept for domain 0',
    long: 'With allow_mem_management: memory that is not given to VMs.',
  },
  autoset_utilization_cpu: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'publish the number of virtual CPUs as utilization',
    long: 'Let the monitor set the utilization attribute "cpu" of the resource to the number of virtual CPUs. Written only when it changes. Set the capacity "cpu" on the nodes first, or the VM fits on none.',
  },
  autoset_utilization_hv_memory: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'publish the memory as utilization',
    long: 'Let the monitor set the utilization attribute "hv_memory" of the resource to its memory in MiB: the maximum of the configuration file where it can be read, else what the domain has now. Written only when it changes. Set the capacity "hv_memory" on the nodes first, or the VM fits on none.',
  },
} as const satisfies Parameters;
