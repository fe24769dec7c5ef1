import { readFileSync, writeFileSync } from 'node:fs';
import { sleep } from '../clock.ts';
import { destroy, guestClock, resume, run, suspend, truth, watchOver } from '../guest.ts';
import { options } from '../options.ts';
import { err } from '../output.ts';
import { find, update, view } from '../state.ts';
import { build } from './create.ts';
import { need, Refusal } from './lookup.ts';
import { type Luggage, streamType } from './migration-stream.ts';

/** First line of an image, so that a file which is none is refused. */
const magic = 'Xen saved domain, xl format\n';

/** `xl save [-c] [-p] DOMAIN FILE`: afterwards the domain is gone, unless -c or -p keeps it. */
export function save(args: readonly string[]): number {
  const { flags, rest } = options(args);
  const [qualifier, file = ''] = rest;
  const { domid, spec } = need(view(), qualifier);
  if (spec.ignoresSuspend) {
    sleep(spec.suspendSeconds * 1000);
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
    writeFileSync(file, `${magic}${json}\n`);
  } catch {
    update((state, now) => resume(need(state, String(domid)), now));
    throw new Refusal(`Failed to open temp file ${file} for writing\n`);
  }
  update((state, now) => {
    const domain = find(state, String(domid));
    if (!domain) return;
    truth(domain, 'saved', now, { file });
    if (flags.has('c')) resume(domain, now);
    else if (!flags.has('p')) destroy(state, domain, now);
  });
  sleep(60);
  return 0;
}

/** `xl restore [-p] [CONFIG] FILE` */
export function restore(args: readonly string[]): number {
  const { flags, rest } = options(args);
  const file = rest.at(-1) ?? '';
  const luggage = readImage(file);
  const { domid } = build(luggage.spec, luggage.name, luggage.uuid);
  err('xc: info: Restoring domain\nxc: info: Restore successful\n');
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

function readImage(file: string): Luggage {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new Refusal(`Can't open restore file ${file}: No such file or directory\n`);
  }
  if (!text.startsWith(magic)) throw new Refusal('File has wrong magic number - corrupt or for a different tool?\n');
  const json = text.slice(magic.length).trimEnd();
  err(`Loading new save file ${file} (new xl fmt info 0x3/0x0/${json.length})\n`);
  err(' Savefile contains xl domain config in JSON format\n');
  err('Parsing config from <saved>\n');
  return JSON.parse(json);
}
