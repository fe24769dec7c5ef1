import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Fault } from './faults.ts';
import type { Host, TruthLine } from './host.ts';

export type { TruthLine } from './host.ts';

/** One simulated host on this machine. */
export interface SimHost {
  readonly name: string;
  /** The state folder, `$OCF_VIRT_SIM_DIR`. */
  readonly dir: string;
  /** The folder with the executables, for PATH. */
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  readonly truth: string;
  readonly faults: string;
}

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, or 128 and the signal's number as a shell gives it. */
  readonly exit: number;
}

/**
 * Makes a host with its state in a temporary folder. Hosts that are given the same `shared` folder write one truth log,
 * as the nodes of a cluster do.
 *
 * @param bin the folder that `buildSim` filled.
 */
export function createSimHost(options: {
  readonly bin: string;
  readonly name: string;
  readonly shared?: string;
  readonly settings?: Partial<Host>;
}): SimHost {
  const { bin, name, settings } = options;
  const dir = mkdtempSync(join(tmpdir(), `ocf-virt-sim-${name}-`));
  const shared = options.shared ?? dir;
  const truth = join(shared, 'truth.jsonl');
  const faults = join(shared, 'faults');
  writeFileSync(join(dir, 'config.json'), JSON.stringify({ host: name, truth, faults, ...settings }));
  const env = { ...process.env, OCF_VIRT_SIM_DIR: dir, PATH: `${bin}:${process.env['PATH']}` };
  return { name, dir, bin, env, truth, faults };
}

/** Ends a host: whatever runs on it dies, its folder goes. */
export function removeSimHost(host: SimHost): void {
  for (const pid of processesOf(host, /./)) killIfThere(pid);
  rmSync(host.dir, { recursive: true, force: true, maxRetries: 3 });
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Runs a program on a simulated host. */
export function runOn(host: SimHost, file: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { env: host.env, maxBuffer: 2 ** 28 };
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      const signal = child.signalCode === null ? 127 : 128 + constants.signals[child.signalCode];
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : signal;
      resolve({ stdout, stderr, exit });
    });
    child.stdin?.end();
  });
}

/** Numbers of a host's processes whose command line, joined by blanks, fits; the host's daemons are among them. */
export function processesOf(host: SimHost, commandLine: RegExp): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const text = (file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
        return commandLine.test(text('cmdline').join(' ')) && text('environ').includes(`OCF_VIRT_SIM_DIR=${host.dir}`);
      } catch {
        return false;
      }
    });
}

/** Writes a configuration file into a host's folder and returns its path. */
export function writeConfig(host: SimHost, name: string, text: string): string {
  const file = join(host.dir, `${name}.cfg`);
  writeFileSync(file, text);
  return file;
}

/** Writes a stand-in for ssh that runs the command on another simulated host; for `xl migrate -s`. */
export function sshTo(target: SimHost): string {
  const file = join(target.dir, 'ssh');
  writeFileSync(
    file,
    `#!/bin/sh\nshift\nexport OCF_VIRT_SIM_DIR='${target.dir}' SSH_CONNECTION='192.0.2.1 50000 192.0.2.2 22'\n` +
      `exec '${target.bin}/ocf-virt-sim' relay none 0 "$@"\n`,
  );
  chmodSync(file, 0o755);
  return file;
}

/** A fault, or the name of a recording in test/fixtures/xen to print instead, as `xl-4.17-list-absent`. */
export type FaultOrRecording = Fault | { readonly recording: string; readonly after?: number; readonly times?: number };

/** Switches a fault on. `command` is a sub-command of xl, `xl`, a xenstore tool or `xenstore`. */
export function setFault(host: Pick<SimHost, 'faults' | 'name'>, command: string, fault: FaultOrRecording): void {
  const { recording, ...rest } = { recording: undefined, ...fault };
  writeFault(host, command, recording === undefined ? rest : { ...rest, ...readRecording(recording) });
}

/** Switches one fault off, or all of the host. */
export function clearFault(host: Pick<SimHost, 'faults' | 'name'>, command?: string): void {
  rmSync(join(host.faults, host.name, command === undefined ? '' : `${command}.json`), {
    recursive: true,
    force: true,
  });
}

/** Holds one message of the handshake of the migrations that this host sends, each time for some seconds. */
export function holdMigrations(
  host: Pick<SimHost, 'faults' | 'name'>,
  at: 'copy' | 'ready' | 'go' | 'report',
  seconds: number,
): void {
  writeFault(host, 'migrate-hold', { at, seconds });
}

/** Has receivers on this host leave their `NAME--incoming` behind when the transport died before "go". */
export function leaveIncoming(host: Pick<SimHost, 'faults' | 'name'>): void {
  writeFault(host, 'migrate-leave-incoming', {});
}

function writeFault(host: Pick<SimHost, 'faults' | 'name'>, name: string, content: object): void {
  const file = join(host.faults, host.name, `${name}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(content));
  renameSync(`${file}.new`, file);
}

/** Reads a recording of test/fixtures/xen, or of another folder beside it. */
export function readRecording(name: string, folder = 'xen'): Outcome & { readonly command: string } {
  const text = readFileSync(join(import.meta.dirname, '../fixtures', folder, `${name}.txt`), 'utf8');
  const parts = /^\$ (.*)\n--- stdout\n([\s\S]*?)--- stderr\n([\s\S]*?)--- exit code: (\d+)\n/.exec(text);
  if (!parts) throw new Error(`${name} is not the recording of one command`);
  const [, command = '', stdout = '', stderr = '', exit] = parts;
  return { command, stdout, stderr, exit: Number(exit) };
}

/** Reads a truth log in the order of its times. */
export function readTruth(file: string): TruthLine[] {
  if (!existsSync(file)) return [];
  const lines: TruthLine[] = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return lines.sort(
    (one, other) => one.time - other.time || Number(starts.has(one.event)) - Number(starts.has(other.event)),
  );
}

/** Tells the truth log that a host died at this moment, and every domain with it: it cannot write that itself. */
export function recordHostDown(truthFile: string, host: string): void {
  const line: TruthLine = { time: Date.now(), host, event: 'host-down', name: '', uuid: '', domid: 0 };
  appendFileSync(truthFile, `${JSON.stringify(line)}\n`);
}

const starts = new Set<TruthLine['event']>(['running', 'unpaused', 'resumed']);
const stops = new Set<TruthLine['event']>(['paused', 'suspended', 'shutdown', 'crashed', 'destroyed']);

/** A time in which two copies of a VM executed. */
export interface Overlap {
  readonly name: string;
  readonly from: number;
  /** Undefined when it never ended. */
  readonly to: number | undefined;
  /** `host/domid` of the copies. */
  readonly copies: readonly string[];
}

/** Every time in which a VM executed more than once. A suspended or paused copy does not count, nor a dead host's. */
export function overlaps(truth: readonly TruthLine[]): Overlap[] {
  const found: Overlap[] = [];
  replay(truth, (name, copies, from, to) => {
    if (copies.length > 1) found.push({ name, from, to, copies });
  });
  return found;
}

/** On which hosts a VM executed at the end of the log, as `host/domid`. */
export function runningCopies(truth: readonly TruthLine[], name: string): string[] {
  let last: string[] = [];
  replay(truth, (vm, copies, _, to) => {
    if (vm === name && to === undefined) last = [...copies];
  });
  return last;
}

/** Calls back with each span of time in which the same copies of a VM executed. */
function replay(
  truth: readonly TruthLine[],
  span: (name: string, copies: readonly string[], from: number, to: number | undefined) => void,
): void {
  const running = new Map<string, { copies: string[]; since: number }>();
  const change = (name: string, time: number, copies: string[]) => {
    const before = running.get(name);
    if (before && before.copies.length > 0) span(name, before.copies, before.since, time);
    running.set(name, { copies, since: time });
  };
  for (const { name, host, domid, event, time } of truth) {
    const copy = `${host}/${domid}`;
    const copies = running.get(name)?.copies ?? [];
    if (starts.has(event) && !copies.includes(copy)) change(name, time, [...copies, copy]);
    else if (stops.has(event) && copies.includes(copy))
      change(
        name,
        time,
        copies.filter((other) => other !== copy),
      );
    else if (event === 'host-down') {
      for (const [vm, { copies: all }] of running) {
        const left = all.filter((other) => !other.startsWith(`${host}/`));
        if (left.length < all.length) change(vm, time, left);
      }
    }
  }
  for (const [name, { copies, since }] of running) if (copies.length > 0) span(name, copies, since, undefined);
}
