import type { Domain, State } from '../domain.ts';
import { err } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, update } from '../state.ts';
import { namesKnown } from '../xenstore-reach.ts';

/** The domain a command is about; refuses like xl when there is none, or when xenstore, which knows it, is gone. */
export function need(state: State, qualifier: string | undefined): Domain {
  const domain = qualifier === undefined || !namesKnown() ? undefined : find(state, qualifier);
  if (!domain) throw new Refusal(`${qualifier} is an invalid domain identifier (rc=-6)\n`);
  return domain;
}

/** Changes one domain, named by label or number. */
export function change<T>(qualifier: string | undefined, work: (domain: Domain, now: number, state: State) => T): T {
  return update((state, now) => work(need(state, qualifier), now, state));
}

/** What libxl prints when a domain that could not be made is cleaned up. */
export function destructionFailed(domid: number): void {
  err(`libxl: error: libxl_domain.c:1183:libxl__destroy_domid: Domain ${domid}:Non-existant domain\n`);
  err(`libxl: error: libxl_domain.c:1137:domain_destroy_callback: Domain ${domid}:Unable to destroy guest\n`);
  err(`libxl: error: libxl_domain.c:1064:domain_destroy_cb: Domain ${domid}:Destruction of domain failed\n`);
}
