import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from './clock.ts';
import { host, stateDir } from './host.ts';
import { memoryHost } from './memory-host.ts';
import { err, out, printed, writeAll } from './output.ts';
import { breakXenstore } from './xenstore-reach.ts';

type FaultKind =
  | 'error'
  | 'hang'
  | 'hang-hard'
  | 'garbage'
  | 'garbage-exit-1'
  | 'truncated'
  | 'empty'
  | 'flood'
  | 'slow'
  | 'noise'
  | 'killed'
  | 'nameless'
  | 'xenstored-hang';

/** What a file `FAULTS/HOST/COMMAND.json` says. */
export interface Fault {
  readonly kind?: FaultKind;
  /** For `error`: what to print and to exit with, instead of the failure to reach the hypervisor; for `noise`: before. */
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  /** For `slow`. */
  readonly seconds?: number;
  /** For `truncated`: how much of the true output is printed. */
  readonly bytes?: number;
  /** For `flood`. */
  readonly mib?: number;
  /** Leaves the first calls alone, and ends after so many faulty ones. */
  readonly after?: number;
  readonly times?: number;
}

/** The fault switched on for the first of these names that has one, if it still applies. */
export function findFault(names: readonly string[]): Fault | undefined {
  const memory = memoryHost();
  if (memory) return names.some((name) => memory.hasFault(name)) ? {} : undefined;
  for (const name of names) {
    const fault = read(name);
    if (fault) return fault;
  }
  return undefined;
}

/** Reads one fault file of this host; undefined when there is none or its turn is not now. */
function read(name: string): Fault | undefined {
  const file = join(host().faults, host().host, `${name}.json`);
  let fault: Fault;
  try {
    fault = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { after = 0, times } = fault;
  if (after === 0 && times === undefined) return fault;
  // One byte a call: the size of this file is the number of calls since the fault was written.
  const count = join(stateDir, `fault-${name}-${statSync(file).mtimeMs}`);
  appendFileSync(count, '.');
  const call = statSync(count).size - after;
  return call > 0 && (times === undefined || call <= times) ? fault : undefined;
}

/** What every xl command says when it cannot reach the hypervisor. The exit code is that of an absent domain. */
export const noHypervisor =
  'xencall: error: Could not obtain handle on privileged command interface: No such file or directory\n' +
  'libxl: error: libxl.c:102:libxl_ctx_alloc: cannot open libxc handle: No such file or directory\n' +
  'cannot init xl context\n';

/** What a xenstore tool says when it cannot reach xenstored. */
export function noXenstore(tool: string): string {
  return `${tool}: xs_open: No such file or directory\n`;
}

/** Runs a command under a fault: instead of it, before it, or with its output spoiled. */
export async function suffer(fault: Fault, failure: string, command: () => Promise<number>): Promise<number> {
  switch (fault.kind ?? 'error') {
    case 'error':
      out(fault.stdout ?? '');
      err(fault.stderr ?? (fault.stdout === undefined && fault.exit === undefined ? failure : ''));
      writeAll(1, printed());
      return fault.exit ?? 1;
    case 'hang-hard':
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
      return new Promise(() => setInterval(() => {}, 1_000_000));
    case 'hang':
      return new Promise(() => setInterval(() => {}, 1_000_000));
    case 'killed':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => setInterval(() => {}, 1_000_000));
    case 'garbage':
    case 'garbage-exit-1':
      writeAll(1, crypto.getRandomValues(new Uint8Array(4096)));
      return fault.kind === 'garbage' ? 0 : 1;
    case 'empty':
      return 0;
    case 'flood': {
      const block = 'libxl: warning: something is wrong with this line\n'.repeat(21000).slice(0, 2 ** 20);
      for (let mib = 0; mib < (fault.mib ?? 100); mib++) writeAll(1, block);
      return 0;
    }
    case 'noise': {
      out(fault.stdout ?? 'Warning: a line that does not belong to the answer\n');
      const exit = await command();
      writeAll(1, printed());
      return exit;
    }
    case 'truncated': {
      await command();
      writeAll(1, Buffer.from(printed()).subarray(0, fault.bytes ?? 40));
      return 0;
    }
    case 'nameless':
    case 'xenstored-hang':
    case 'slow': {
      if (fault.kind === 'nameless') breakXenstore('unreachable');
      else if (fault.kind === 'xenstored-hang') breakXenstore('hangs');
      else sleep((fault.seconds ?? 1) * 1000);
      const exit = await command();
      writeAll(1, printed());
      return exit;
    }
  }
}
