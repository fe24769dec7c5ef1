import type { Parameters } from '../../lib/agent/parameter.ts';
import { parseAnswerRules } from '../../lib/hypervisor/vmware/question.ts';

const absolutePath = (value: string) => (/^\/\P{Cc}+$/u.test(value) ? undefined : 'use an absolute path');

/** Every parameter of ocf:heartbeat:vmware under its name, and those that the old agent's users missed. */
export const parameters = {
  vmxpath: {
    type: 'text',
    required: true,
    uniqueGroup: 'vmx',
    check: (value: string) =>
      /^\/\P{Cc}+\.vmx$/u.test(value) ? undefined : 'use the absolute path of a .vmx file, the same on every node',
    short: 'configuration file of the VM (.vmx)',
    long: 'Absolute path of the .vmx file, on storage that all nodes share. Blanks, quotes and letters of any language may be in it. The agent never changes the file.',
  },
  vimshbin: {
    type: 'text',
    check: absolutePath,
    short: 'path of vmware-vim-cmd',
    long: 'Path of the command line tool of VMware Server 2. When not set, vmware-vim-cmd is looked for in PATH.',
  },
  toolstack: {
    type: 'choice',
    options: ['auto', 'vmware-cmd', 'vmware-vim-cmd', 'vmrun'],
    default: 'auto',
    short: 'command line tool of the product',
    long: 'vmware-vim-cmd: VMware Server 2. vmware-cmd: VMware Server 1 and GSX Server. vmrun: Workstation and Player, and the servers with vmrun_type. auto: the first of these, in this order, that is installed on the node.',
  },
  vmrun_type: {
    type: 'choice',
    options: ['ws', 'player', 'server', 'server1'],
    default: 'ws',
    short: 'kind of host that vmrun talks to',
    long: 'What vmrun gets as -T: ws for Workstation, player for Player, server for VMware Server 2, server1 for VMware Server 1.',
  },
  host_url: {
    type: 'text',
    check: (value: string) =>
      /^https?:\/\/[^\s\p{Cc}]+$/u.test(value) ? undefined : 'use an address such as https://localhost:8333/sdk',
    short: 'address of the service of this node, for vmrun',
    long: 'With vmrun_type server or server1: the address that vmrun gets as -h, for example https://localhost:8333/sdk. It must be that of the node itself: the agent watches the processes and locks of its own node. The other tools always talk to their own node.',
  },
  user: {
    type: 'text',
    check: (value: string) => (/^[^-\p{Cc}]\P{Cc}*$/u.test(value) ? undefined : 'use the name of a user'),
    short: 'user for the login of vmware-vim-cmd or vmrun',
    long: 'Login name for vmware-vim-cmd, and for vmrun with vmrun_type server or server1. Not needed where root may use the service without a login. vmware-cmd runs as root and needs none.',
  },
  password_file: {
    type: 'text',
    check: absolutePath,
    short: 'file with the password of user',
    long: 'File with the password of user on its first line; only root may read it. vmware-vim-cmd and vmrun take a password on their command line only, where every user of the node sees it with ps. Therefore it is used only on nodes where /proc hides the command lines of root (mount option hidepid=2, without gid); elsewhere every action refuses with a reason. vmware-cmd, Workstation and Player need no password, and ignore it.',
  },
  stop_method: {
    type: 'choice',
    options: ['suspend', 'soft', 'trysoft', 'hard'],
    default: 'suspend',
    reloadable: true,
    short: 'how a stop ends the VM',
    long: 'suspend: the memory is written to the folder of the VM, and the next start, on whatever node, resumes it; if that fails, the guest is shut down as with trysoft. soft: the guest is shut down by its VMware Tools and never powered off; if it does not go, the stop fails and the cluster fences the node. trysoft: likewise, but powered off after shutdown_timeout. hard: powered off at once, like pulling the plug. A guest that hangs comes back hanging from a suspend: use trysoft where monitor_scripts watch the guest.',
  },
  shutdown_timeout: {
    type: 'seconds',
    reloadable: true,
    short: 'time for a suspend or shutdown before the VM is powered off',
    long: 'How long a stop waits for the VM to suspend or to shut down before it is powered off. When not set, it is two thirds of the timeout of the stop operation, so that a third is left to power off and to verify.',
  },
  uuid_action: {
    type: 'choice',
    options: ['keep', 'create'],
    default: 'keep',
    reloadable: true,
    short: 'answer to the question whether the VM was moved or copied',
    long: 'keep: the VM was moved and keeps its UUID and MAC addresses, which is right for a cluster. create: it gets new ones. The question is answered by the label of the answer, whatever its number. vmrun cannot answer: with it, put uuid.action = "keep" into the .vmx file. What the .vmx file says there, VMware does without asking.',
  },
  answer_questions: {
    type: 'text',
    reloadable: true,
    check: (value: string) =>
      parseAnswerRules(value) === undefined ? 'use PATTERN=LABEL, separated by semicolons' : undefined,
    short: 'answers to other questions of VMware',
    long: 'What to answer when VMware asks something about the VM: PATTERN=LABEL, separated by semicolons, the first that fits counts. PATTERN is the name of the message (msg.…) or words of the question, or * for any question that is not about a suspended state; LABEL is the label of an answer, or "default". Example: "No bootable CD=OK; msg.hbacommon.outofspace=Retry". A question without a rule fails the action, and its text is the reason in crm_mon. vmrun cannot answer questions.',
  },
  resume_failure: {
    type: 'choice',
    options: ['preserve', 'discard'],
    default: 'preserve',
    reloadable: true,
    short: 'what to do with a suspended state that does not resume',
    long: 'A VM that was suspended on a host with another processor may not resume. preserve: the start fails with the reason of VMware and the suspended state stays, for a node where it does resume. discard: the state is thrown away and the guest boots, as after a power failure. With vmrun, which cannot answer, it is always preserved.',
  },
  lock_policy: {
    type: 'choice',
    options: ['keep', 'fenced', 'fenced-or-stopped'],
    default: 'fenced',
    reloadable: true,
    short: 'when a lock of another host may be removed',
    long: 'VMware locks the files of a VM for the host that runs it, and the lock of a host that died stays on the shared storage. A start refuses while another host holds a lock, and says which. keep: always. fenced: the lock is removed if Pacemaker knows which node wrote it and that this node was fenced with success after that. fenced-or-stopped: also if that node left the cluster in good order and is offline; then VMware must not start VMs by itself on a node outside the cluster. The lock of a host that is no node of the cluster is never removed. Keep the clocks of the nodes and of the storage equal. An own lock of this host whose process is dead is removed by a stop.',
  },
  monitor_scripts: {
    type: 'text',
    reloadable: true,
    short: 'scripts that look inside the VM',
    long: 'Scripts, separated by blanks, that monitor the services of the guest. All must return 0. A start or a migration is complete only when they do; a monitor fails when one does not. Each one is ended when it takes more than its share of the timeout.',
  },
  tools_heartbeat: {
    type: 'flag',
    default: false,
    reloadable: true,
    short: 'a monitor with depth 10 wants a sign of life of VMware Tools',
    long: 'Whether a monitor with OCF_CHECK_LEVEL=10 fails when the VMware Tools in the guest give no sign of life. Only for guests with VMware Tools, and with a timeout in which the guest boots.',
  },
  unknown_tolerance: {
    type: 'integer',
    minimum: 0,
    maximum: 1000,
    unit: 'monitors',
    default: 3,
    reloadable: true,
    short: 'unanswered monitors tolerated while the VM shows other signs of life',
    long: 'How many monitors in a row may find that VMware does not answer while a second source (the process of the VM, its locks) shows that the VM lives. Until then the monitor reports "degraded" (190), visible in crm_mon, and nothing is recovered. After that, or without a sign of life, the monitor fails. It never says "stopped".',
  },
  toolstack_timeout: {
    type: 'seconds',
    minimum: 1,
    reloadable: true,
    short: 'how long an action asks again a toolstack that does not answer',
    long: 'How long an action goes on asking a toolstack that does not answer before it fails. When not set, until shortly before the timeout of the operation. A stop that fails for this reason gets the node fenced, which is what makes it safe to start the VM elsewhere.',
  },
} as const satisfies Parameters;
