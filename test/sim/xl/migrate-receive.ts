import { readSync } from 'node:fs';
import { sleep } from '../clock.ts';
import { findFault } from '../faults.ts';
import { destroy, run, truth, watchOver } from '../guest.ts';
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
export function migrateReceive(args: readonly string[]): number {
  const { flags } = options(args);
  const began = Date.now();
  err('migration target: Ready to receive domain.\n');
  writeAll(1, `${stream.banner}\n`);
  const header = line();
  if (header === null)
    return failed(
      'libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading header from migration stream\n',
    );
  const luggage: stream.Luggage = JSON.parse(header);
  err(`Loading new save file <incoming migration stream> (new xl fmt info 0x3/0x0/${header.length})\n`);
  err(' Savefile contains xl domain config in JSON format\n');
  err('Parsing config from <saved>\n');
  const domid = begin(luggage);
  if (domid === undefined) return failed('');
  const last = receiveMemory(domid, luggage);
  if (last === null) {
    err('xc: error: Failed to read Record Header from stream (0 = Success): Internal error\n');
    err('xc: error: Restore failed (0 = Success): Internal error\n');
    err('libxl: error: libxl_stream_read.c:850:libxl__xc_domain_restore_done: restoring domain: Success\n');
    err(`libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain ${domid}:cannot (re-)build domain: -3\n`);
    destroyHere(domid, 'copy');
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
  if (line() === stream.go) {
    err('migration target: Got permission, starting domain.\n');
    status = takeOver(domid, luggage.name, flags.has('p'), {
      ...addresses(),
      seconds: (Date.now() - began) / 1000,
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
    destroyHere(domid, 'handshake');
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
function begin({ spec, name, uuid }: stream.Luggage): number | undefined {
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
  sleep(namelessMs);
  update((state) => {
    const domain = find(state, String(domid));
    if (domain) domain.label = `${name}--incoming`;
  });
  err(`xc: info: Found ${stream.streamType(spec)} domain from Xen 4.17\n`);
  err('xc: info: Restoring domain\n');
  return domid;
}

/** Lets the memory grow as it comes; returns the guest's last state, or null when the stream broke off. */
function receiveMemory(domid: number, { memory }: stream.Luggage): stream.Luggage | null {
  for (;;) {
    const message = line();
    if (message === null) return null;
    const [kind = '', value = ''] = message.split(/ (.*)/);
    if (kind === 'memory') {
      update((state) => {
        const domain = find(state, String(domid));
        if (domain) domain.memory = Math.min(Number(value), memory);
      });
    }
    if (!tell('got')) return null;
    if (kind === 'end') return JSON.parse(value);
  }
}

/** Gives the domain its name and lets it run; returns the status that is reported. */
function takeOver(domid: number, name: string, staysPaused: boolean, detail: Record<string, unknown>): number {
  return update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain || state.domains.some((other) => other.label === name)) return 6;
    domain.label = name;
    truth(domain, 'received', now, detail);
    domain.pauses = staysPaused ? 1 : 0;
    if (domain.pauses === 0) run(domain, 'running', now);
    return 0;
  });
}

function destroyHere(domid: number, during: string): void {
  update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain) return;
    truth(domain, 'receive-failed', now, { during });
    destroy(state, domain, now);
  });
  sleep(60);
}

/** Client and server address of the ssh session that brought the guest. */
function addresses(): { from?: string; to?: string } {
  const [from, , to] = (process.env['SSH_CONNECTION'] ?? '').split(' ');
  return from && to ? { from, to } : {};
}

/** Sends a line to the sender; false when it is not there any more. */
function tell(text: string): boolean {
  try {
    writeAll(1, `${text}\n`);
    return true;
  } catch {
    return false;
  }
}

let unread = '';

/** The next line from the sender; null when it went away. */
function line(): string | null {
  const chunk = Buffer.alloc(65536);
  for (let end = unread.indexOf('\n'); ; end = unread.indexOf('\n')) {
    if (end >= 0) {
      const text = unread.slice(0, end);
      unread = unread.slice(end + 1);
      return text;
    }
    try {
      const size = readSync(0, chunk);
      if (size === 0) return null;
      unread += chunk.toString('utf8', 0, size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EOF') return null;
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      sleep(5);
    }
  }
}
