import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { memoryHost } from './memory-host.ts';

/** The folder with the state of this simulated host. On a tmpfs it dies with the boot, as domains do. */
export const stateDir = process.env['OCF_VIRT_SIM_DIR'] || '/run/ocf-virt-sim';

/** What `config.json` in the state folder may set; every key is optional there. */
export interface Host {
  readonly host: string;
  readonly totalMemoryMiB: number;
  readonly dom0MemoryMiB: number;
  /** File the truth log is appended to; hosts of one cluster share it. */
  readonly truth: string;
  /** Folder with one folder a host, which holds the switched-on faults. */
  readonly faults: string;
  /** Folder of the domains' daemon logs, `xl-NAME.log`. */
  readonly logs: string;
  /** The bridges of this host; null when it has every one that a guest asks for. */
  readonly bridges: readonly string[] | null;
  /** How long `xl create` waits for a device that does not come. */
  readonly hotplugSeconds: number;
  /** How long `xl shutdown` waits for a guest that cannot acknowledge. */
  readonly ackSeconds: number;
  /** Debian builds Xen without it: then a PV guest cannot migrate. */
  readonly shadowPaging: boolean;
}

export type TruthEvent =
  | 'created'
  | 'running'
  | 'paused'
  | 'unpaused'
  | 'suspended'
  | 'resumed'
  | 'shutdown'
  | 'crashed'
  | 'rebooted'
  | 'destroyed'
  | 'renamed'
  | 'saved'
  | 'restored'
  | 'migrate-begin'
  | 'migrate-held'
  | 'migrate-failed'
  | 'migrate-done'
  | 'incoming'
  | 'received'
  | 'receive-failed'
  | 'host-down';

/** One line of the truth log. `name` is the name in the VM's configuration, whatever `xl list` shows meanwhile. */
export interface TruthLine {
  readonly time: number;
  readonly host: string;
  readonly event: TruthEvent;
  readonly name: string;
  readonly uuid: string;
  readonly domid: number;
  readonly detail?: Record<string, unknown>;
}

const defaults: Host = {
  host: hostname(),
  totalMemoryMiB: 4096,
  dom0MemoryMiB: 900,
  truth: join(stateDir, 'truth.jsonl'),
  faults: join(stateDir, 'faults'),
  logs: process.env['OCF_VIRT_SIM_DIR'] ? join(stateDir, 'log') : '/var/log/xen',
  bridges: null,
  hotplugSeconds: 20,
  ackSeconds: 60,
  shadowPaging: true,
};

let known: Host | undefined;

/** This host's settings: `config.json` over the defaults. */
export function host(): Host {
  const memory = memoryHost();
  if (memory) return { ...defaults, ...memory.settings };
  if (known) return known;
  let given: Partial<Host> = {};
  try {
    given = JSON.parse(readFileSync(join(stateDir, 'config.json'), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  known = { ...defaults, ...given };
  return known;
}

/** Appends to a file whose folder may not exist yet, in one write. */
export function append(file: string, text: string): void {
  try {
    appendFileSync(file, text);
  } catch {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, text);
  }
}

/** Writes one change of the world to the truth log. */
export function logTruth(line: Omit<TruthLine, 'host'>): void {
  const memory = memoryHost();
  if (memory) memory.logTruth({ host: memory.settings.host, ...line });
  else append(host().truth, `${JSON.stringify({ host: host().host, ...line })}\n`);
}
