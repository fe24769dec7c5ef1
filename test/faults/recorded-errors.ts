import { noHypervisor } from '../sim/faults.ts';
import type { Call } from './agent-run.ts';

/** What a tool was recorded to say when it failed, or what its sources say. */
interface RecordedError {
  readonly name: string;
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';

const xl: readonly RecordedError[] = [
  { name: 'no hypervisor interface', code: 1, stderr: noHypervisor },
  { name: 'no such domain', code: 1, stderr: 'vm01 is an invalid domain identifier (rc=-6)\n' },
];

const xlOf: Readonly<Record<string, readonly RecordedError[]>> = {
  list: [
    { name: 'no domain at all', code: 0, stdout: header },
    {
      name: 'no names, as without xenstore',
      code: 0,
      stdout: `${header}(null)                                       0   900     1     r-----     183.4\n(null)                                      20    96     1     -b----       5.7\n`,
    },
  ],
  create: [
    {
      name: 'out of memory',
      code: 3,
      stderr:
        "Parsing config from x\nxc: error: panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory for domain: Out of memory\n",
    },
    {
      name: 'the name is taken',
      code: 3,
      stderr:
        'libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain 3:Domain with name "vm01" already exists.\n',
    },
  ],
  shutdown: [{ name: 'no acknowledgement', code: 1, stderr: 'shutdown failed (rc=-9)\n' }],
  destroy: [{ name: 'destroy refused', code: 1, stderr: 'destroy failed (rc=-21)\n' }],
  migrate: [
    { name: 'the guest does not suspend', code: 1, stderr: 'Migration failed, failed to suspend at sender.\n' },
    {
      name: 'connection refused',
      code: 1,
      stderr: 'ssh: connect to host node2 port 22: Connection refused\n',
    },
  ],
};

const vmwareErrors: Readonly<Record<string, readonly RecordedError[]>> = {
  'vmware-cmd': [
    {
      name: 'authd is down',
      code: 14,
      stderr:
        '/usr/bin/vmware-cmd: Could not connect to vmware-authd\n  (VMControl error -14: Unexpected response from vmware-authd: x)\n',
    },
    { name: 'serverd times out', code: 7, stderr: 'VMControl error -7: Timeout\n' },
    { name: 'not registered, exit 0', code: 0, stderr: 'VMControl error -11: No such virtual machine\n' },
    { name: 'not registered', code: 11, stderr: 'VMControl error -11: No such virtual machine\n' },
    {
      name: 'wrong state',
      code: 8,
      stderr: "VMControl error -8: Invalid operation for virtual machine's current state: x\n",
    },
    { name: 'a state that nobody knows', code: 0, stdout: 'getstate() = frozen\n' },
  ],
  'vmware-vim-cmd': [
    { name: 'hostd is down', code: 0, stdout: 'Failed to login: Connection reset by peer\n' },
    { name: 'hostd is down, exit 1', code: 1, stdout: 'Failed to login: Connection reset by peer\n' },
    {
      name: 'out of memory',
      code: 134,
      stderr: "terminate called after throwing an instance of 'std::bad_alloc'\nAborted\n",
    },
    { name: 'a fault that nobody knows', code: 0, stdout: '(vmodl.fault.SystemError) {\n  msg = "",\n}\n' },
    {
      name: 'wrong state',
      code: 0,
      stdout: '(vim.fault.InvalidPowerState) {\n  msg = "The attempted operation cannot be performed",\n}\n',
    },
  ],
  vmrun: [
    { name: 'no host', code: 255, stdout: 'Unable to connect to host.\nError: The operation was canceled\n' },
    { name: 'canceled, exit 0', code: 0, stdout: 'Error: The operation was canceled\n' },
    { name: 'in use', code: 255, stdout: 'Error: The file is already in use\n' },
    { name: 'a localized error', code: 255, stdout: 'Error: 操作已取消\n' },
    { name: 'too few paths', code: 0, stdout: 'Total running VMs: 2\n/vms/a.vmx\n' },
  ],
};

const others: Readonly<Record<string, readonly RecordedError[]>> = {
  ssh: [
    { name: 'no route', code: 255, stderr: 'ssh: connect to host node2 port 22: No route to host\n' },
    { name: 'host key', code: 255, stderr: 'Host key verification failed.\n' },
    { name: 'no hypervisor there', code: 1, stderr: noHypervisor },
  ],
  crm_resource: [
    {
      name: 'disconnected',
      code: 102,
      stderr: 'Error connecting to the CIB manager: Transport endpoint is not connected\n',
    },
  ],
  crm_attribute: [
    { name: 'disconnected', code: 102, stderr: 'Could not connect to the CIB: Transport endpoint is not connected\n' },
  ],
};

/** The errors that the program of a call was recorded to end with. */
export function recordedErrors({ program, args }: Call): readonly RecordedError[] {
  if (program === 'xl') return [...xl, ...(xlOf[args[0] ?? ''] ?? [])];
  return vmwareErrors[program] ?? others[program] ?? [];
}
