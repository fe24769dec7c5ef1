import { readFileSync } from 'node:fs';
import { pause, type Work } from '../clock.ts';
import { ConfigError, parseConfig, specOf } from '../config-file.ts';
import type { Domain, Spec } from '../domain.ts';
import { complete, destroy, freeMemory, introduce, watchOver } from '../guest.ts';
import { host } from '../host.ts';
import { lockedWhile } from '../lock.ts';
import { options } from '../options.ts';
import { err } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, update } from '../state.ts';
import { namesKnown } from '../xenstore-reach.ts';
import { dryRun } from './list-long.ts';
import { destructionFailed, need } from './lookup.ts';

const longOptions = ['dryrun', 'quiet', 'defconfig', 'paused', 'vncviewer', 'vncviewer-autopass'];

/** `xl create [-n] [-p] [-q] FILE [KEY=VALUE...]` */
export function* create(args: readonly string[]): Work<number> {
  const { flags, rest } = options(args, 'fV', longOptions);
  const file = flags.get('f') ?? rest.shift() ?? '';
  const spec = readSpec(file, rest, flags.has('q'));
  if (flags.has('n') || flags.has('dryrun')) return dryRun(spec);
  // xl makes one domain after the other: a lock is held from the memory check until the domain is built.
  const domid = yield* lockedWhile('create', function* () {
    const made = build(spec);
    yield* pause(spec.createSeconds * 1000);
    yield* attachDevices(spec, made.domid);
    return made.domid;
  });
  update((state, now) => {
    const domain = need(state, String(domid));
    complete(domain, now, flags.has('p') || flags.has('paused'));
    watchOver(domain, ['create', ...args]);
  });
  return 0;
}

/** Reads a configuration as xl does: the lines given on the command line follow the file's. */
export function readSpec(file: string, overrides: readonly string[], quiet = false): Spec {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EISDIR') {
      err(`libxl: error: libxl_utils.c:346:libxl_read_file_contents: ${file} is not a plain file: Success\n`);
      throw new Refusal(`Failed to read config file: ${file}: Inappropriate ioctl for device\n`, 3);
    }
    const why = code === 'EACCES' ? 'Permission denied' : 'No such file or directory';
    throw new Refusal(`Failed to read config file: ${file}: ${why}\n`, 3);
  }
  if (!quiet) err(`Parsing config from ${file}\n`);
  try {
    return specOf(parseConfig([text, ...overrides].join('\n'), file));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const failed = error.message.includes('parsing error') ? 'Failed to parse config: Invalid argument\n' : '';
    throw new Refusal(`${error.message}\n${failed}`);
  }
}

/** Makes the domain, paused, unless its name is taken, a disk or its kernel is missing or the memory does not suffice. */
export function build(spec: Spec, label = spec.name, uuid?: string): Domain {
  const { made, problem } = update((state, now) => {
    const domid = state.nextDomid;
    let problem: string | undefined;
    if (!namesKnown()) {
      problem = `libxl: error: libxl_create.c:1296:initiate_domain_create: Domain ${domid}:cannot make domain: -3\n`;
    } else if (state.domains.some((domain) => domain.label === label)) {
      problem =
        `libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain ${domid}:Domain with name "${label}" already exists.\n` +
        `libxl: error: libxl_create.c:1296:initiate_domain_create: Domain ${domid}:cannot make domain: -6\n${spec.type === 'pv' ? '' : typeUnknown(domid)}`;
    } else if (spec.missingDisk) {
      const { target, vdev } = spec.missingDisk;
      problem =
        `libxl: error: libxl_device.c:455:libxl__device_disk_set_backend: Disk vdev=${vdev} failed to stat: ${target}: No such file or directory\n` +
        `libxl: error: libxl_create.c:1318:initiate_domain_create: Domain ${domid}:Unable to set disk defaults for disk 0\n`;
    } else if (spec.kernel?.startsWith('/nonexistent')) {
      problem =
        `xc: error: panic: xg_dom_core.c:205: failed to open file '${spec.kernel}': No such file or directory: Internal error\n` +
        'libxl: error: libxl_dom.c:646:libxl__build_pv: xc_dom_kernel_file failed: No such file or directory\n' +
        `libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain ${domid}:cannot (re-)build domain: -3\n`;
    } else if (spec.memory > freeMemory(state)) {
      problem =
        "xc: error: panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory for domain: Out of memory\n" +
        'libxl: error: libxl_dom.c:586:libxl__build_dom: xc_dom_boot_mem_init failed: Cannot allocate memory\n' +
        `libxl: error: libxl_create.c:1640:domcreate_rebuild_done: Domain ${domid}:cannot (re-)build domain: -3\n`;
    }
    if (problem === undefined) {
      return { made: introduce(state, spec, now, label, uuid), problem };
    }
    state.nextDomid++;
    return { made: { domid } as Domain, problem };
  });
  if (problem !== undefined) {
    err(problem);
    destructionFailed(made.domid);
    throw new Refusal('', 3);
  }
  return made;
}

/** What libxl adds while it cleans up a domain that never got its name, unless that was to be a PV one. */
function typeUnknown(domid: number): string {
  return (
    `libxl: error: libxl_xshelp.c:206:libxl__xs_read_mandatory: xenstore read failed: \`/libxl/${domid}/type': No such file or directory\n` +
    `libxl: warning: libxl_dom.c:49:libxl__domain_type: unable to get domain type for domid=${domid}, assuming HVM\n`
  );
}

/** Waits in vain for the interface to a bridge that this host does not have, and takes the domain apart again. */
function* attachDevices(spec: Spec, domid: number): Work<void> {
  const index = spec.bridges.findIndex((bridge) => host().bridges?.includes(bridge) === false);
  if (index < 0) return;
  yield* pause(host().hotplugSeconds * 1000);
  update((state, now) => {
    const domain = find(state, String(domid));
    if (domain) destroy(state, domain, now);
  });
  const path = `/local/domain/0/backend/vif/${domid}/${index}`;
  err(
    `libxl: error: libxl_device.c:1181:device_backend_callback: Domain ${domid}:unable to add device with path ${path}\n` +
      `libxl: error: libxl_create.c:1921:domcreate_attach_devices: Domain ${domid}:unable to add vif devices\n` +
      `libxl: error: libxl_device.c:1181:device_backend_callback: Domain ${domid}:unable to remove device with path ${path}\n` +
      `libxl: error: libxl_domain.c:1530:devices_destroy_cb: Domain ${domid}:libxl__devices_destroy failed\n`,
  );
  destructionFailed(domid);
  throw new Refusal('', 3);
}
