import type { TruthLine } from '../sim/control.ts';

/** A time in which a VM executed nowhere, in milliseconds since the epoch. */
export interface Interruption {
  readonly from: number;
  readonly to: number;
}

/** When a VM did not execute between its first start and its last sign of life. */
export function interruptions(truth: readonly TruthLine[], vm: string): Interruption[] {
  const found: Interruption[] = [];
  let copies: string[] = [];
  let since: number | undefined;
  for (const { name, host, domid, event, time } of truth) {
    const before = copies.length;
    if (event === 'host-down') copies = copies.filter((copy) => !copy.startsWith(`${host}/`));
    if (name === vm) {
      const copy = `${host}/${domid}`;
      if (/^(paused|suspended|shutdown|crashed|destroyed)$/.test(event)) copies = copies.filter((one) => one !== copy);
      if (/^(running|unpaused|resumed)$/.test(event) && !copies.includes(copy)) copies = [...copies, copy];
    }
    if (before > 0 && copies.length === 0) since = time;
    if (before === 0 && copies.length > 0 && since !== undefined) found.push({ from: since, to: time });
  }
  return found;
}
