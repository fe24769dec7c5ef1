import { type Work, waitUntil } from '../clock.ts';
import { type Domain, reasons } from '../domain.ts';
import { destroy as destroyDomain, plan } from '../guest.ts';
import { host } from '../host.ts';
import { options } from '../options.ts';
import { err } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, update, view } from '../state.ts';
import { change, destructionFailed, need } from './lookup.ts';

/** `xl shutdown [-F] [-w] DOMAIN` */
export function* shutdown(args: readonly string[]): Work<number> {
  const { flags, rest } = options(args);
  const domid = yield* ask('poweroff', rest[0], 'Shutting down', flags.has('F'));
  if (!flags.has('w')) return 0;
  err('Waiting for 1 domains\n');
  let last: Domain | undefined;
  yield* waitUntil(() => {
    const domain = find(view(), String(domid));
    if (domain) last = domain;
    return domain === undefined || (domain.ended !== null && domain.ended.reason !== reasons.crash);
  }, Number.POSITIVE_INFINITY);
  const reason = last?.ended?.reason;
  err(
    reason === undefined
      ? `Domain ${domid} has been destroyed\n`
      : `Domain ${domid} has been shut down, reason code ${reason}\n`,
  );
  return 0;
}

/** `xl reboot [-F] DOMAIN` */
export function* reboot(args: readonly string[]): Work<number> {
  const { flags, rest } = options(args);
  yield* ask('reboot', rest[0], 'Rebooting', flags.has('F'));
  return 0;
}

/** Asks the guest through its PV drivers, as xl does, and waits until it has heard. */
function* ask(what: 'poweroff' | 'reboot', qualifier: string | undefined, doing: string, acpi: boolean): Work<number> {
  const { domid } = need(view(), qualifier);
  err(`${doing} domain ${domid}\n`);
  const failed = what === 'poweroff' ? 'shutdown' : 'reboot';
  const hears = change(String(domid), (domain, now) => {
    if (domain.spec.pvDrivers || domain.spec.type !== 'hvm') {
      obey(domain, what, now);
      return domain.since !== null;
    }
    if (!acpi) {
      err('PV control interface not available: external graceful shutdown not possible.\n');
      err('Use "-F" to fallback to ACPI power event.\n');
      throw new Refusal(`${failed} failed (rc=-10)\n`);
    }
    const event = what === 'poweroff' ? 'ACPI power button' : 'ACPI reset';
    err(`PV control interface not available: sending ${event} event.\n`);
    obey(domain, what, now);
    return true;
  });
  if (hears) return domid;
  // The request stays in xenstore: a paused guest will act on it once it runs. One that ended never answers.
  if (!(yield* waitUntil(() => find(view(), String(domid))?.since !== null, host().ackSeconds * 1000))) {
    err("libxl: error: libxl_domain.c:854:pvcontrol_cb: guest didn't acknowledge control request: -9\n");
    throw new Refusal(`${failed} failed (rc=-9)\n`);
  }
  return domid;
}

function obey(domain: Domain, what: 'poweroff' | 'reboot', now: number): void {
  const { ignoresShutdown, shutdownSeconds } = domain.spec;
  if (!ignoresShutdown && !domain.ended) plan(domain, what, shutdownSeconds, now);
}

/** `xl trigger DOMAIN power|reset|...`: only an HVM guest has the button. */
export function trigger(args: readonly string[]): number {
  const [qualifier, event] = args;
  change(qualifier, (domain, now) => {
    if (domain.spec.type !== 'hvm') return;
    if (event === 'power') obey(domain, 'poweroff', now);
    else if (event === 'reset') plan(domain, 'reboot', 0, now);
  });
  return 0;
}

/** `xl sysrq DOMAIN LETTER`; only `c`, panic, does something. */
export function sysrq(args: readonly string[]): number {
  change(args[0], (domain, now) => {
    if (args[1] === 'c' && !domain.ended) plan(domain, 'crash', 0.1, now);
  });
  return 0;
}

const destroyDom0 =
  'Not destroying domain 0; use -f to force.\n' +
  'This can only be done when using a disaggregated hardware domain and toolstack.\n\n';

/** `xl destroy DOMAIN` */
export function* destroy(args: readonly string[]): Work<number> {
  const [qualifier] = options(args).rest;
  if (qualifier === '0' || qualifier === 'Domain-0') throw new Refusal(destroyDom0);
  const number = /^\d+$/.test(qualifier ?? '') ? Number(qualifier) : undefined;
  const domid = update((state, now) => {
    // A number is an id, even where there is a domain of that name.
    if (number !== undefined && !find(state, String(number))) return undefined;
    const domain = need(state, qualifier);
    destroyDomain(state, domain, now);
    return domain.domid;
  });
  if (domid === undefined) {
    destructionFailed(Number(number));
    throw new Refusal('destroy failed (rc=-21)\n');
  }
  yield* waitUntil(() => find(view(), String(domid)) === undefined, 5000);
  return 0;
}
