import { pause as pauseDomain, unpause as unpauseDomain } from '../guest.ts';
import { err } from '../output.ts';
import { change } from './lookup.ts';

/** `xl pause DOMAIN`: pauses are counted. */
export function pause(args: readonly string[]): number {
  change(args[0], pauseDomain);
  return 0;
}

/** `xl unpause DOMAIN`: one too many is an error on stderr, and exit 0 all the same. */
export function unpause(args: readonly string[]): number {
  const { domid, done } = change(args[0], (domain, now) => ({ domid: domain.domid, done: unpauseDomain(domain, now) }));
  if (!done) {
    err(`libxl: error: libxl_domain.c:688:domain_unpause_done: Domain ${domid}:Unpausing domain: Invalid argument\n`);
  }
  return 0;
}
