import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { pause, type Work } from '../clock.ts';
import type { Spec } from '../domain.ts';
import { destroy, guestClock, resume, run, suspend, truth, watchOver } from '../guest.ts';
import { options } from '../options.ts';
import { err } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, update, view } from '../state.ts';
import { build } from './create.ts';
import { destructionFailed, need } from './lookup.ts';
import { type Luggage, saveFailed, streamType } from './migration-stream.ts';

/** The lines of an image: what it is, its guest, and two records, so that one which is cut off is known by it. */
const magic = 'Xen saved domain, xl format';
const records = [
  { text: 'CPUID policy', missing: '1224 bytes of data for record (0x00000011, x86 CPUID policy)' },
  { text: 'Page data', missing: '4198408 bytes of data for record (0x00000001, Page data)' },
];

/** `xl save [-c] [-p] DOMAIN FILE`: afterwards the domain is gone, unless -c or -p keeps it. */
export function* save(args: readonly string[]): Work<number> {
  const { flags, rest } = options(args);
  const [qualifier, file = ''] = rest;
  const { domid, spec } = need(view(), qualifier);
  let image: number;
  try {
    image = openSync(file, 'w');
  } catch {
    throw new Refusal(`Failed to open temp file ${file} for writing\n`);
  }
  if (spec.ignoresSuspend) {
    yield* pause(spec.suspendSeconds * 1000);
    err(
      `libxl: error: libxl_dom_suspend.c:372:suspend_common_wait_guest_timeout: Domain ${domid}:guest did not suspend, timed out\n`,
    );
    throw new Refusal('Failed to save domain, resuming domain\n');
  }
  const json = update((state, now) => {
    const domain = need(state, String(domid));
    suspend(state, domain, now);
    const { label, uuid, memory, vcpus, maxMemory, plans } = domain;
    const name = label ?? spec.name;
    const ran = guestClock(domain, now);
    return JSON.stringify({ spec, name, uuid, memory, vcpus, maxMemory, ran, plans } satisfies Luggage);
  });
  err(`Saving to ${file} new xl format (info 0x3/0x0/${json.length})\n`);
  err(`xc: info: Saving domain ${domid}, type ${streamType(spec)}\n`);
  try {
    writeSync(image, [magic, json, ...records.map(({ text }) => text), ''].join('\n'));
    closeSync(image);
  } catch {
    update((state, now) => resume(need(state, String(domid)), now));
    const full = '(28 = No space left on device): Internal error\n';
    err(`xc: error: Failed to write page data to stream ${full}xc: error: Save failed ${full}`);
    err(saveFailed(domid, 'domain responded to suspend request: No space left on device'));
    throw new Refusal('Failed to save domain, resuming domain\n');
  }
  showProgress(spec);
  update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain) return;
    truth(domain, 'saved', now, { file });
    if (flags.has('c')) resume(domain, now);
    else if (!flags.has('p')) destroy(state, domain, now);
  });
  yield* pause(60);
  return 0;
}

/** Twenty lines about frames; a guest that is not PV has nearly 4 GiB of them, however little memory it has. */
function showProgress({ type, maxMemory }: Spec): void {
  const frames = type === 'pv' ? maxMemory * 256 : 1044480;
  for (let percent = 5; percent <= 100; percent += 5) {
    err(`xc: progress: Frames: ${Math.floor((frames * percent) / 100)}/${frames}  ${String(percent).padStart(3)}%\n`);
  }
  err('xc: progress: End of stream: 0/0    0%\n');
}

/** `xl restore [-p] [CONFIG] FILE` */
export function* restore(args: readonly string[]): Work<number> {
  const { flags, rest } = options(args);
  const file = rest.at(-1) ?? '';
  const { luggage, missing } = readImage(file);
  const domid = rebuild(luggage);
  err(`xc: info: Found ${streamType(luggage.spec)} domain from Xen 4.17\nxc: info: Restoring domain\n`);
  if (missing !== undefined) {
    err(`xc: error: Failed to read ${missing} (0 = Success): Internal error\n`);
    err('xc: error: Restore failed (0 = Success): Internal error\n');
    throw takeApart(domid);
  }
  yield* pause(luggage.spec.createSeconds * 1000);
  err('xc: info: Restore successful\n');
  err('xc: info: XenStore: mfn 0xfeffc, dom 0, evt 1\nxc: info: Console: mfn 0xfefff, dom 0, evt 2\n');
  update((state, now) => {
    const domain = need(state, String(domid));
    const { memory, vcpus, maxMemory, ran, plans } = luggage;
    const pauses = flags.has('p') ? 1 : 0;
    Object.assign(domain, { memory, vcpus, maxMemory, ran, arrived: ran, plans: [...plans], pauses });
    truth(domain, 'restored', now, { file });
    if (pauses === 0) run(domain, 'running', now);
    watchOver(domain, ['restore', ...args]);
  });
  return 0;
}

/** Makes the domain; where `xl create` exits with 3, `xl restore` does with 1. */
function rebuild({ spec, name, uuid }: Luggage): number {
  try {
    return build(spec, name, uuid).domid;
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.message) : error;
  }
}

function takeApart(domid: number): Refusal {
  err('libxl: error: libxl_stream_read.c:850:libxl__xc_domain_restore_done: restoring domain: Success\n');
  err(`libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain ${domid}:cannot (re-)build domain: -3\n`);
  update((state, now) => destroy(state, need(state, String(domid)), now));
  destructionFailed(domid);
  return new Refusal('');
}

/** The guest in an image, and what is missing when the image was cut off. */
function readImage(file: string): { luggage: Luggage; missing: string | undefined } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Refusal(`Can't open restore file: No such file or directory\n`);
  }
  const [first, json = '', ...rest] = text.split('\n');
  if (first !== magic) throw new Refusal('File has wrong magic number - corrupt or for a different tool?\n');
  err(`Loading new save file ${file} (new xl fmt info 0x3/0x0/${json.length})\n`);
  err(' Savefile contains xl domain config in JSON format\n');
  err('Parsing config from <saved>\n');
  return { luggage: JSON.parse(json), missing: records.find(({ text }, index) => rest[index] !== text)?.missing };
}
