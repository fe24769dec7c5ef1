import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { now, pause, type Work, waitUntil } from '../clock.ts';
import { type Domain, reasons } from '../domain.ts';
import { destroy, guestClock, resume, suspend } from '../guest.ts';
import { host, logTruth, stateDir } from '../host.ts';
import { memoryHost, type Transport } from '../memory-host.ts';
import { options } from '../options.ts';
import { err } from '../output.ts';
import { self, selfCommand } from '../process.ts';
import { find, update, view } from '../state.ts';
import { need } from './lookup.ts';
import * as stream from './migration-stream.ts';

/** How often a part of the memory is sent. */
const stepMs = 50;
/** How long a domain that was migrated away is listed as `(null)`. */
const dyingMs = 200;

/** `xl migrate [-s SSHCOMMAND] [-p] [-e] DOMAIN HOST` */
export function* migrate(args: readonly string[]): Work<number> {
  const { flags, rest } = options(args, 'sC');
  const [qualifier, target = ''] = rest;
  const { domid, label, spec, uuid } = need(view(), qualifier);
  const note = (event: 'migrate-begin' | 'migrate-failed' | 'migrate-done', detail: Record<string, unknown>) =>
    logTruth({ time: now(), event, name: spec.name, uuid, domid, detail: { to: target, ...detail } });
  const transport = connect(rune(flags, target));
  const failed = function* (why: string, message: string): Work<number> {
    note('migrate-failed', { why });
    transport.close();
    yield* reportExit(transport);
    err(message);
    return 1;
  };
  const undefinedNow = function* (): Work<number> {
    note('migrate-failed', { why: 'final handshake' });
    err(
      '** Migration failed during final handshake **\n' +
        'Domain state is now undefined !\n' +
        'Please CHECK AT BOTH ENDS for running instances, before renaming and\n' +
        ' resuming at most one instance.  Two simultaneous instances of the domain\n' +
        ' would probably result in SEVERE DATA LOSS and it is now your\n' +
        ' responsibility to avoid that.  Sorry.\n',
    );
    transport.close();
    yield* reportExit(transport);
    return 1;
  };

  if ((yield* line(transport)) !== stream.banner) {
    err(stream.truncated('banner', 'migration receiver stream'));
    return yield* failed('no receiver', '');
  }
  note('migrate-begin', {});
  const luggage = pack(need(view(), String(domid)), now());
  const header = JSON.stringify({ ...luggage, paused: flags.has('p') });
  err(`Saving to migration stream new xl format (info 0x3/0x0/${header.length})\n`);
  err(`xc: info: Saving domain ${domid}, type ${stream.streamType(spec)}\n`);
  transport.send(header);

  const copied = yield* copy(transport, domid, luggage);
  if (copied === 'not suspended') {
    err('migration sender: libxl_domain_suspend failed (rc=-8)\n');
    return yield* failed('no suspend', 'Migration failed, failed to suspend at sender.\n');
  }
  if (copied === 'cut') {
    err(
      stream.truncated('ipc msg header', `domain ${domid} save/restore helper stdout pipe`) +
        `libxl: error: libxl_exec.c:127:libxl_report_child_exitstatus: domain ${domid} save/restore helper [${(self()?.pid ?? 0) + 1}] died due to fatal signal Broken pipe\n` +
        'migration sender: libxl_domain_suspend failed (rc=-3)\n',
    );
    const exit = yield* failed('transport ended', 'Migration failed, resuming at sender.\n');
    resumeHere(domid);
    return exit;
  }
  if ((yield* line(transport)) !== stream.ready) {
    err(stream.truncated('ready message', 'migration receiver stream'));
    const exit = yield* failed('not ready', 'Migration failed, resuming at sender.\n');
    resumeHere(domid);
    return exit;
  }
  err('migration sender: Target has acknowledged transfer.\n');
  if (!relabel(domid, `${label}--migratedaway`)) {
    const exit = yield* failed('no rename', 'Migration failed, resuming at sender.\n');
    resumeHere(domid);
    return exit;
  }
  err('migration sender: Giving target permission to start.\n');
  transport.send(stream.go);
  if ((yield* line(transport)) !== stream.report) {
    err(stream.truncated('success/failure report message', 'migration receiver stream'));
    return yield* undefinedNow();
  }
  const status = Number(yield* line(transport));
  if (status !== 0) {
    err(`migration sender: Target reports startup failure (status code ${status}).\n`);
    if ((yield* line(transport)) !== stream.mayResume) return yield* undefinedNow();
    err('migration sender: Trying to resume at our end.\n');
    relabel(domid, label);
    resumeHere(domid);
    err('migration sender: Resumed OK.\nMigration failed due to problems at target.\n');
    note('migrate-failed', { why: `target status ${status}` });
    return 1;
  }
  err('migration sender: Target reports successful startup.\n');
  note('migrate-done', {});
  update((state, now) => {
    const domain = find(state, String(domid));
    if (domain) destroy(state, domain, now, dyingMs);
  });
  yield* pause(dyingMs);
  err('Migration successful.\n');
  return 0;
}

/** What `sh` runs to reach the receiver. */
function rune(flags: Map<string, string>, target: string): string {
  const ssh = flags.get('s') ?? 'ssh';
  if (ssh === '') return target;
  return `exec ${ssh} ${target} xl migrate-receive${flags.has('e') ? ' -e' : ''}${flags.has('p') ? ' -p' : ''}`;
}

function connect(command: string): Transport {
  const memory = memoryHost();
  if (memory) return memory.connect(command);
  const child = start(command);
  let exit: ReturnType<Transport['exit']>;
  let ended = false;
  const lines: string[] = [];
  child.once('exit', (code, signal) => {
    exit = { code, signal };
  });
  child.stdin?.on('error', () => {});
  createInterface({ input: child.stdout as NodeJS.ReadableStream })
    .on('line', (text) => lines.push(text))
    .once('close', () => {
      ended = true;
    });
  return {
    lines,
    ended: () => ended,
    send: (text) => void child.stdin?.write(`${text}\n`),
    close: () => void child.stdin?.end(),
    exit: () => exit,
    pid: child.pid,
  };
}

/** The next line from the receiver; null when it went away. */
function* line(transport: Transport): Work<string | null> {
  yield* waitUntil(() => transport.lines.length > 0 || transport.ended(), Number.POSITIVE_INFINITY);
  return transport.lines.shift() ?? null;
}

/** Says how the transport ended, as libxl does: nothing when it ended well. */
function* reportExit(transport: Transport): Work<void> {
  yield* waitUntil(() => transport.exit() !== undefined, 2000);
  const exit = transport.exit();
  const name = `migration transport process [${transport.pid}]`;
  const info = 'libxl: info: libxl_exec.c';
  if (exit === undefined) {
    err(`migration child [${transport.pid}] not exiting, no longer waiting (exit status will be unreported)\n`);
  } else if (exit.signal !== null) {
    err(`${info}:127:libxl_report_child_exitstatus: ${name} died due to fatal signal ${strsignal(exit.signal)}\n`);
  } else if (exit.code !== 0) {
    err(`${info}:117:libxl_report_child_exitstatus: ${name} exited with error status ${exit.code}\n`);
  }
}

function strsignal(signal: NodeJS.Signals): string {
  const words: Partial<Record<NodeJS.Signals, string>> = {
    SIGKILL: 'Killed',
    SIGTERM: 'Terminated',
    SIGPIPE: 'Broken pipe',
    SIGHUP: 'Hangup',
    SIGINT: 'Interrupt',
  };
  return words[signal] ?? `signal ${constants.signals[signal]}`;
}

/** Starts the transport, behind a relay that keeps one message back where the test asked for that. */
function start(command: string): ChildProcess {
  const stdio = ['pipe', 'pipe', 'inherit'] as const;
  let hold: { at: string; seconds: number };
  try {
    hold = JSON.parse(readFileSync(join(host().faults, host().host, 'migrate-hold.json'), 'utf8'));
  } catch {
    return spawn('sh', ['-c', command], { stdio: [...stdio] });
  }
  rmSync(join(stateDir, 'migrate-held'), { force: true });
  const [file, ...args] = selfCommand();
  return spawn(file, [...args, 'relay', hold.at, String(hold.seconds), 'sh', '-c', command], { stdio: [...stdio] });
}

function pack(domain: Domain, now: number): stream.Luggage {
  const { spec, label, uuid, memory, vcpus, maxMemory, plans } = domain;
  const ran = guestClock(domain, now);
  return { spec, name: label ?? spec.name, uuid, memory, vcpus, maxMemory, plans, ran };
}

/** Copies the memory while the guest runs, then suspends it. The receiver acknowledges each step. */
function* copy(
  transport: Transport,
  domid: number,
  { memory, spec }: stream.Luggage,
): Work<'copied' | 'cut' | 'not suspended'> {
  const step = function* (message: string): Work<boolean> {
    transport.send(message);
    return (yield* line(transport)) !== null;
  };
  if (spec.type === 'pv' && !host().shadowPaging) {
    err('xc: error: Failed to enable logdirty: 95,22,0 (22 = Invalid argument): Internal error\n');
    err('xc: error: Save failed (22 = Invalid argument): Internal error\n');
    err(stream.saveFailed(domid, 'domain did not respond to suspend request: Invalid argument'));
    return 'not suspended';
  }
  for (let mib = 0; mib < memory; ) {
    yield* pause(stepMs);
    mib = Math.min(mib + (spec.migrateMiBPerSecond * stepMs) / 1000, memory);
    if (!(yield* step(`memory ${mib}`))) return 'cut';
  }
  // A guest that does not execute, and has not ended either, cannot answer the request to suspend.
  const silent = (domain?: Domain) => domain !== undefined && domain.since === null && domain.ended === null;
  if (spec.ignoresSuspend || silent(find(view(), String(domid)))) {
    yield* pause(spec.suspendSeconds * 1000);
    err(
      `libxl: error: libxl_dom_suspend.c:372:suspend_common_wait_guest_timeout: Domain ${domid}:guest did not suspend, timed out\n`,
    );
    err('xc: error: save callback suspend() failed: 0: Internal error\n');
    err('xc: error: Save failed (0 = Success): Internal error\n');
    err(stream.saveFailed(domid, 'domain responded to suspend request: Success'));
    return 'not suspended';
  }
  const state = update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain || domain.dyingUntil !== null || (domain.ended && domain.ended.reason !== reasons.suspend)) return null;
    suspend(state, domain, now);
    return pack(domain, now);
  });
  if (state === null) {
    err(stream.saveFailed(domid, 'domain did not respond to suspend request: No such process'));
    return 'not suspended';
  }
  return (yield* step(`end ${JSON.stringify(state)}`)) ? 'copied' : 'cut';
}

/** Renames the domain; false when it is gone or the name is taken. */
function relabel(domid: number, label: string | null): boolean {
  return update((state) => {
    const domain = find(state, String(domid));
    if (!domain || state.domains.some((other) => other !== domain && other.label === label)) return false;
    domain.label = label;
    return true;
  });
}

function resumeHere(domid: number): void {
  const suspended = update((state, now) => {
    const domain = find(state, String(domid));
    if (domain?.ended?.reason !== reasons.suspend) return false;
    resume(domain, now);
    return true;
  });
  if (suspended) return;
  err(
    `xc: error: Dom ${domid} not suspended: (shutdown 0, reason 255): Internal error\n` +
      `libxl: error: libxl_dom_suspend.c:666:domain_resume_done: Domain ${domid}:xc_domain_resume failed: Invalid argument\n`,
  );
}
