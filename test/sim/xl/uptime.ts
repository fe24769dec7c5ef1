import { out } from '../output.ts';
import { view } from '../state.ts';
import { allRows } from './list.ts';
import { need } from './lookup.ts';

/** `xl uptime [DOMAIN]` */
export function uptime(args: readonly string[]): number {
  const state = view();
  const now = Date.now();
  const [qualifier] = args;
  const wanted = qualifier === undefined ? state.domains : [need(state, qualifier)];
  out('Name                                ID Uptime\n');
  if (qualifier === undefined) out(line('Domain-0', 0, now - state.booted));
  for (const { label, domid, introduced } of wanted) out(line(label, domid, now - introduced));
  return 0;
}

function line(label: string | null, domid: number, ms: number): string {
  const all = Math.floor(ms / 1000);
  const days = Math.floor(all / 86400);
  const two = (number: number) => String(Math.floor(number)).padStart(2, '0');
  const clock = `${Math.floor((all % 86400) / 3600)}:${two((all % 3600) / 60)}:${two(all % 60)}`;
  const when = days === 0 ? clock.padStart(8) : `${days} days, ${clock.padStart(8)}`;
  return `${(label ?? '(null)').padEnd(33)} ${String(domid).padStart(4)} ${when}\n`;
}

/** `xl vcpu-list [DOMAIN]` */
export function vcpuList(args: readonly string[]): number {
  const state = view();
  const [qualifier] = args;
  const only = qualifier === undefined ? null : need(state, qualifier).domid;
  out('Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n');
  for (const row of allRows(state, Date.now())) {
    if (only !== null && row.domid !== only) continue;
    for (let vcpu = 0; vcpu < row.vcpus; vcpu++) {
      const letters = `${row.letters.slice(0, 2)}${row.letters[2]}`;
      const numbers = `${String(row.domid).padStart(5)} ${String(vcpu).padStart(5)} ${'0'.padStart(4)}`;
      const seconds = row.seconds.toFixed(1).padStart(9);
      out(`${(row.label ?? '(null)').padEnd(32)} ${numbers}   ${letters} ${seconds}  all / all\n`);
    }
  }
  return 0;
}
