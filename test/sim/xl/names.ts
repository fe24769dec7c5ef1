import { truth } from '../guest.ts';
import { err, out } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { find, view } from '../state.ts';
import { namesKnown } from '../xenstore-reach.ts';
import { change } from './lookup.ts';

/** `xl domid NAME` */
export function domid(args: readonly string[]): number {
  const [name = ''] = args;
  const domains = namesKnown() ? view().domains : [];
  const domain = name === 'Domain-0' ? { domid: 0 } : domains.find(({ label }) => label === name);
  if (!domain) throw new Refusal(`Can't get domid of domain name '${name}', maybe this domain does not exist.\n`);
  out(`${domain.domid}\n`);
  return 0;
}

/** `xl domname DOMID` */
export function domname(args: readonly string[]): number {
  const [number = ''] = args;
  const label = number === '0' ? 'Domain-0' : find(view(), number)?.label;
  if (!label || !namesKnown())
    throw new Refusal(`Can't get domain name of domain id '${number}', maybe this domain does not exist.\n`);
  out(`${label}\n`);
  return 0;
}

/** `xl rename DOMAIN NEWNAME` */
export function rename(args: readonly string[]): number {
  const [qualifier, label = ''] = args;
  change(qualifier, (domain, now, state) => {
    if (state.domains.some((other) => other !== domain && other.label === label)) {
      err(
        `libxl: error: libxl_domain.c:81:libxl__domain_rename: Domain ${domain.domid}:Domain with name "${label}" already exists.\n`,
      );
      throw new Refusal(`Can't rename domain '${qualifier}'.\n`);
    }
    domain.label = label;
    truth(domain, 'renamed', now, { label });
  });
  return 0;
}
