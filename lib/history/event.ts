/** What happens to VMs, and to the nodes that run them. */
export const eventKinds = [
  'started',
  'stopped',
  'migrated',
  'arrived',
  'failed',
  'degraded',
  'rebooted',
  'died',
  'fenced',
] as const;
export type EventKind = (typeof eventKinds)[number];

/** What an action can say of itself, beyond how it ended. */
export interface Details {
  /** The state that a start or a stop found the VM in. */
  readonly found?: string;
  /** The other node of a migration. */
  readonly to?: string;
  readonly from?: string;
  /** A migration in which the guest went on running. */
  readonly live?: boolean;
  /** The address over which a migration went. */
  readonly address?: string;
  /** Memory of the VM, or size of its memory image, in MiB: what a migration moved at least once. */
  readonly memoryMiB?: number;
  /** Domain id, or process id of the VM. */
  readonly id?: number;
}

/** One line of the history: something that happened to a VM on a node. */
export interface HistoryEvent extends Details {
  /** Milliseconds since 1970 by the clock of the node; the end of what took time. */
  readonly time: number;
  readonly node: string;
  /** The id of its resource; for a fencing, that of the node in `node`, empty. */
  readonly vm: string;
  readonly event: EventKind;
  /** The action that ended so, for example `migrate_to`. */
  readonly action?: string;
  /** Exit code of a failed action. */
  readonly exit?: number;
  readonly seconds?: number;
  readonly reason?: string;
  /** Whether the cluster was told of a death at once. */
  readonly told?: boolean;
}

/** Reads one line of a history; undefined when it is none. A line that a full disk cut off may stand before it. */
export function parseEvent(line: string): HistoryEvent | undefined {
  const start = line.lastIndexOf('{"time":');
  if (start < 0) return undefined;
  try {
    const found: unknown = JSON.parse(line.slice(start));
    return isEvent(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is HistoryEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { time, node, vm, event } = value as Record<string, unknown>;
  return (
    typeof time === 'number' &&
    Number.isFinite(time) &&
    typeof node === 'string' &&
    typeof vm === 'string' &&
    eventKinds.some((kind) => kind === event)
  );
}
