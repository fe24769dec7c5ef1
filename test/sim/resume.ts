import { reasons } from './domain.ts';
import { resume as resumeDomain } from './guest.ts';
import { Refusal } from './refusal.ts';
import { change } from './xl/lookup.ts';

/**
 * `ocf-virt-sim resume DOMID` does what a call of libxl_domain_resume(suspend_cancel=1) does: the xl of Xen 4.17 has no
 * command for it.
 */
export function resume(args: readonly string[]): number {
  change(args[0], (domain, now) => {
    if (domain.ended?.reason !== reasons.suspend) {
      const { domid } = domain;
      throw new Refusal(
        `xc: error: Dom ${domid} not suspended: (shutdown 0, reason 255): Internal error\n` +
          `libxl: error: libxl_dom_suspend.c:666:domain_resume_done: Domain ${domid}:xc_domain_resume failed: Invalid argument\n`,
      );
    }
    resumeDomain(domain, now);
  });
  return 0;
}
