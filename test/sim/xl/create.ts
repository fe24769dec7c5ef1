import { readFileSync } from 'node:fs';
import { sleep } from '../clock.ts';
import { ConfigError, parseConfig, specOf } from '../config-file.ts';
import type { Domain, Spec } from '../domain.ts';
import { freeMemory, introduce, unpause, watchOver } from '../guest.ts';
import { locked } from '../lock.ts';
import { options } from '../options.ts';
import { err } from '../output.ts';
import { update } from '../state.ts';
import { destructionFailed, need, Refusal } from './lookup.ts';

/** `xl create [-p] [-q] FILE [KEY=VALUE...]` */
export function create(args: readonly string[]): number {
  const { flags, rest } = options(args, 'fV');
  const file = flags.get('f') ?? rest.shift() ?? '';
  const spec = readSpec(file, rest, flags.has('q'));
  // xl makes one domain after the other: a lock is held from the memory check until the domain is built.
  const domid = locked('create', () => {
    const made = build(spec);
    sleep(spec.createSeconds * 1000);
    return made.domid;
  });
  update((state, now) => {
    const domain = need(state, String(domid));
    if (!flags.has('p')) unpause(domain, now);
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
    const why =
      code === 'EACCES' ? 'Permission denied' : code === 'EISDIR' ? 'Is a directory' : 'No such file or directory';
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

/** Makes the domain, paused, unless its name is taken, its kernel is missing or the memory does not suffice. */
export function build(spec: Spec, label = spec.name, uuid?: string): Domain {
  const { made, problem } = update((state, now) => {
    const domid = state.nextDomid;
    let problem: string | undefined;
    if (state.domains.some((domain) => domain.label === label)) {
      problem =
        `libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain ${domid}:Domain with name "${label}" already exists.\n` +
        `libxl: error: libxl_create.c:1296:initiate_domain_create: Domain ${domid}:cannot make domain: -6\n`;
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
