import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** Which operations: `RESOURCE_ACTION_INTERVAL`, for example `vm01_migrate_to_0`. */
export interface ExitReasonsOptions {
  readonly keys: readonly string[];
}

/** The last reason that each operation gave on this node; operations of which the log has none are left out. */
export type ExitReasonsFacts = Readonly<Record<string, string>>;

/** More than what a few minutes write. */
const tailBytes = 4 << 20;

/**
 * Looks for exit reasons in Pacemaker's log. Pacemaker 2.1 keeps the reason of a failed migration there only: crm_mon and
 * the CIB show the failure without it, unlike that of any other action.
 */
export async function exitReasonsFacts({ keys }: ExitReasonsOptions): Promise<ExitReasonsFacts> {
  const log = logTail();
  return Object.fromEntries(
    keys.flatMap((key) => {
      const reason = exitReasonIn(log, key);
      return reason === undefined ? [] : [[key, reason]];
    }),
  );
}

/** The last reason of an operation in a log of Pacemaker. */
export function exitReasonIn(log: string, key: string): string | undefined {
  const prefix = 'ocf-exit-reason:';
  // pacemaker-execd: KEY[PID] error output [ ... ]; pacemaker-controld: KEY@NODE output [ ...\n ]
  const marks = [`${key}[`, `${key}@`];
  const line = log
    .split('\n')
    .findLast((one) => one.includes(prefix) && marks.some((mark) => one.includes(` ${mark}`)));
  if (line === undefined) return undefined;
  const text = line.slice(line.lastIndexOf(prefix) + prefix.length);
  return text.replace(/(\\n)? \]$/, '');
}

function logTail(): string {
  for (const file of [configuredLog(), '/var/log/pacemaker/pacemaker.log', '/var/log/pacemaker.log']) {
    if (file === undefined) continue;
    try {
      return tailOf(file);
    } catch {
      // Not on this node.
    }
  }
  return '';
}

/** PCMK_logfile, where Debian or Red Hat has it. */
function configuredLog(): string | undefined {
  for (const file of ['/etc/default/pacemaker', '/etc/sysconfig/pacemaker']) {
    try {
      const [, found] = /^\s*PCMK_logfile=["']?([^"'\n]+)/m.exec(readFileSync(file, 'utf8')) ?? [];
      if (found !== undefined) return found;
    } catch {
      // The other distribution's.
    }
  }
  return undefined;
}

function tailOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const length = Math.min(size, tailBytes);
    const bytes = Buffer.alloc(length);
    const read = readSync(file, bytes, 0, length, size - length);
    return bytes.toString('utf8', 0, read);
  } finally {
    closeSync(file);
  }
}
