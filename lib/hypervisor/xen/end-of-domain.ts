import { tailOf } from '../../system/tail.ts';

/** Where xl's process of each domain writes (tools/xl/xl_utils.c, do_daemonize). */
const logFolder = '/var/log/xen';

/** Xen's SHUTDOWN_ codes (xen/include/public/sched.h). */
const endings: ReadonlyMap<number, string> = new Map([
  [0, 'its guest powered off'],
  [1, 'its guest rebooted and did not come back'],
  [3, 'its guest crashed'],
  [4, 'the watchdog of its guest ended it'],
]);

/**
 * Why a domain that is gone ended, by the last words of its xl process ("Domain 5 has shut down, reason code 3 0x3",
 * tools/xl/xl_vmcontrol.c). For people: a log that is missing, or of another domain, says nothing for sure.
 */
export function endOfDomain(name: string, id: number | undefined, folder = logFolder): string {
  const codes = tailOf(`${folder}/xl-${name}.log`, 4096).matchAll(/^Domain (\d+) has shut down, reason code (\d+)/gm);
  const own = [...codes].filter(([, domain]) => Number(domain) === id).at(-1);
  return (own && endings.get(Number(own[2]))) ?? 'it was destroyed from outside';
}
