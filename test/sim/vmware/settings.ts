import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { host, stateDir } from '../host.ts';
import { memoryHost } from '../memory-host.ts';

/** What `config.json` in the state folder may set for VMware; every key is optional there. */
export interface VmwareHost {
  /** The name in this host's locks. */
  readonly machineName: string;
  /** The hardware address in this host's locks. */
  readonly ethernet: string | null;
  /** The processors: a VM that was suspended on others does not resume. */
  readonly cpu: string;
  /** The folder of the inventory, which outlives a boot. */
  readonly etc: string;
  readonly datastores: Readonly<Record<string, string>>;
  /** How long a soft operation waits for the guest. */
  readonly softSeconds: number;
  /** How long a power-on waits for a lock. */
  readonly lockSeconds: number;
  /** Layouts and faults of vim-cmd differ by version. */
  readonly vimCmd: 'server2' | 'esxi';
  /** With which code vim-cmd exits after it printed a fault. */
  readonly vimFaultExit: number;
  /** Whether power.on of vim-cmd waits for the answer of a question. */
  readonly vimPowerOnWaits: boolean;
  /** The answers to the UUID question of Server 1 in the order of their numbers. */
  readonly uuidChoices: readonly string[];
}

let known: VmwareHost | undefined;

/** This host's settings: `config.json` over the defaults. */
export function vmwareHost(): VmwareHost {
  if (memoryHost()) return read();
  known ??= read();
  return known;
}

function read(): VmwareHost {
  return {
    machineName: host().host,
    ethernet: firstEthernetAddress(),
    cpu: 'generic',
    etc: process.env['OCF_VIRT_SIM_DIR'] ? join(stateDir, 'etc-vmware') : '/etc/vmware',
    datastores: { standard: '/var/lib/vmware/Virtual Machines' },
    softSeconds: 60,
    lockSeconds: 0.2,
    vimCmd: 'server2',
    vimFaultExit: 0,
    vimPowerOnWaits: true,
    uuidChoices: ['Create', 'Keep', 'Always Create', 'Always Keep'],
    ...(host() as Partial<VmwareHost>),
  };
}

function firstEthernetAddress(): string | null {
  for (let number = 0; number < 8; number++) {
    try {
      return readFileSync(`/sys/class/net/eth${number}/address`, 'utf8').trim();
    } catch {}
  }
  return null;
}
