import { createInterface } from 'node:readline';
import { now as clockNow, pause, type Work, waitUntil } from '../clock.ts';
import { findFault } from '../faults.ts';
import { destroy, run, truth, watchOver } from '../guest.ts';
import { memoryHost, type Session } from '../memory-host.ts';
import { options } from '../options.ts';
import { err, writeAll } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, update } from '../state.ts';
import { build } from './create.ts';
import { destructionFailed } from './lookup.ts';
import * as stream from './migration-stream.ts';

/** How long the incoming domain has no name yet. */
const namelessMs = 50;

/** `xl migrate-receive [-e] [-p]`: the other end of a migration, on stdin and stdout. */
export function* migrateReceive(args: readonly string[]): Work<number> {
  const { flags } = options(args);
  const session = memoryHost()?.session ?? stdio();
  const tell = (text: string) => session.tell(`${text}\n`);
  const began = clockNow();
  err('migration target: Ready to receive domain.\n');
  tell(stream.banner);
  const header = yield* line(session);
  if (header === null)
    return failed(
      'libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading header from migration stream\n',
    );
  const luggage: stream.Luggage = JSON.parse(header);
  err(`Loading new save file <incoming migration stream> (new xl fmt info 0x3/0x0/${header.length})\n`);
  err(' Savefile contains xl domain config in JSON format\n');
  err('Parsing config from <saved>\n');
  const domid = yield* begin(luggage);
  if (domid === undefined) return failed('');
  const last = yield* receiveMemory(session, domid, luggage);
  if (last === null) {
    err('xc: error: Failed to read Record Header from stream (0 = Success): Internal error\n');
    err('xc: error: Restore failed (0 = Success): Internal error\n');
    err('libxl: error: libxl_stream_read.c:850:libxl__xc_domain_restore_done: restoring domain: Success\n');
    err(`libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain ${domid}:cannot (re-)build domain: -3\n`);
    yield* destroyHere(domid, 'copy');
    destructionFailed(domid);
    return failed('');
  }
  err('xc: info: Restore successful\n');
  err('xc: info: XenStore: mfn 0xfeffc, dom 0, evt 1\n');
  err('xc: info: Console: mfn 0xfefff, dom 0, evt 2\n');
  update((state) => {
    const domain = find(state, String(domid));
    if (!domain) return;
    const { memory, vcpus, maxMemory, ran, plans } = last;
    Object.assign(domain, { memory, vcpus, maxMemory, ran, arrived: ran, plans: [...plans] });
    if (!flags.has('e')) watchOver(domain, ['migrate-receive', ...args]);
  });
  err('migration target: Transfer complete, requesting permission to start domain.\n');
  if (!tell(stream.ready)) return 1;
  let status = 0;
  if ((yield* line(session)) === stream.go) {
    err('migration target: Got permission, starting domain.\n');
    status = takeOver(domid, luggage.name, flags.has('p'), {
      ...addresses(),
      seconds: (clockNow() - began) / 1000,
      mib: luggage.memory,
    });
  } else {
    err(stream.truncated('GO message', 'migration stream'));
    status = 3;
  }
  if (status === 0) err('migration target: Domain started successsfully.\n');
  // Seen once in three times: the report cannot be written any more, xl gives up, and its copy stays.
  if (status === 3 && findFault(['migrate-leave-incoming'])) return 1;
  tell(`${stream.report}\n${status}`);
  if (status !== 0) {
    err('migration target: Failure, destroying our copy.\n');
    yield* destroyHere(domid, 'handshake');
    err('migration target: Cleanup OK, granting sender permission to resume.\n');
    tell(stream.mayResume);
  }
  return 0;
}

function failed(message: string): number {
  err(`${message}migration target: Domain creation failed (code -3).\n`);
  return 1;
}

/** Makes the incoming domain, at first without a name and without memory. */
function* begin({ spec, name, uuid }: stream.Luggage): Work<number | undefined> {
  let domid: number;
  try {
    domid = build(spec, `${name}--incoming`, uuid).domid;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
  update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain) return;
    Object.assign(domain, { label: null, memory: 0, vcpus: 0, plans: [] });
    truth(domain, 'incoming', now, addresses());
  });
  yield* pause(namelessMs);
  update((state) => {
    const domain = find(state, String(domid));
    if (domain) domain.label = `${name}--incoming`;
  });
  err(`xc: info: Found ${stream.streamType(spec)} domain from Xen 4.17\n`);
  err('xc: info: Restoring domain\n');
  return domid;
}

/** Lets the memory grow as it comes; returns the guest's last state, or null when the stream broke off. */
function* receiveMemory(session: Session, domid: number, { memory }: stream.Luggage): Work<stream.Luggage | null> {
  for (;;) {
    const message = yield* line(session);
    if (message === null) return null;
    const [kind = '', value = ''] = message.split(/ (.*)/);
    if (kind === 'memory') {
      update((state) => {
        const domain = find(state, String(domid));
        if (domain) domain.memory = Math.min(Number(value), memory);
      });
    }
    if (!session.tell('got\n')) return null;
    if (kind === 'end') return JSON.parse(value);
  }
}

/** Gives the domain its name and lets it run; returns the status that is reported. */
function takeOver(domid: number, name: string, staysPaused: boolean, detail: Record<string, unknown>): number {
  return update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain || domain.dyingUntil !== null || state.domains.some((other) => other.label === name)) return 6;
    domain.label = name;
    truth(domain, 'received', now, detail);
    domain.pauses = staysPaused ? 1 : 0;
    if (domain.pauses === 0) run(domain, 'running', now);
    return 0;
  });
}

function* destroyHere(domid: number, during: string): Work<void> {
  update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain) return;
    truth(domain, 'receive-failed', now, { during });
    destroy(state, domain, now);
  });
  yield* pause(60);
}

/** Client and server address of the ssh session that brought the guest. */
function addresses(): { from?: string; to?: string } {
  const [from, , to] = (process.env['SSH_CONNECTION'] ?? '').split(' ');
  return from && to ? { from, to } : {};
}

/** The connection that is this program's standard input and output. */
function stdio(): Session {
  const lines: string[] = [];
  let ended = false;
  createInterface({ input: process.stdin })
    .on('line', (text) => lines.push(text))
    .once('close', () => {
      ended = true;
    });
  process.stdin.on('error', () => {});
  return {
    lines,
    ended: () => ended,
    tell: (text) => {
      try {
        writeAll(1, text);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** The next line from the sender; null when it went away. */
function* line(session: Session): Work<string | null> {
  yield* waitUntil(() => session.lines.length > 0 || session.ended(), Number.POSITIVE_INFINITY);
  return session.lines.shift() ?? null;
}
