import { err } from '../output.ts';
import { Refusal } from '../refusal.ts';
import { change } from './lookup.ts';

/** `xl mem-set DOMAIN MEM`: the guest's balloon follows at once. */
export function memSet(args: readonly string[]): number {
  const [qualifier, amount = ''] = args;
  change(qualifier, (domain) => {
    const mib = parseMiB(amount);
    if (mib > domain.maxMemory) {
      err(
        `libxl: error: libxl_mem.c:278:libxl_set_memory_target: Domain ${domain.domid}:memory_dynamic_max must be less than or equal to memory_static_max\n\n`,
      );
      throw new Refusal(`cannot set domid ${domain.domid} dynamic max memory to : ${amount}\n`);
    }
    domain.memory = mib;
  });
  return 0;
}

/** `xl mem-max DOMAIN MEM` */
export function memMax(args: readonly string[]): number {
  const [qualifier, amount = ''] = args;
  change(qualifier, (domain) => {
    domain.maxMemory = parseMiB(amount);
  });
  return 0;
}

function parseMiB(amount: string): number {
  const [, digits, unit = 'm'] = /^(\d+)([bkmgt]?)b?$/i.exec(amount) ?? [];
  if (digits === undefined) throw new Refusal(`invalid memory size: ${amount}\n`, 3);
  return Number(digits) * ({ b: 2 ** -20, k: 2 ** -10, m: 1, g: 2 ** 10, t: 2 ** 20 }[unit.toLowerCase()] ?? 1);
}
