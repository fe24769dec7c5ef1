import type { NetworkFacts } from '../lib/survey/network.ts';

/** How fast memory gets from node to node. */
export interface MigrationRate {
  readonly mibPerSecond: number;
  /** Where the figure comes from, for people. */
  readonly basis: string;
}

/**
 * The share of a link that a migration can count on. A guest of 32 GB has been seen to take 18 minutes: 30 MiB/s, a
 * quarter of what gigabit Ethernet carries, because busy guests send pages again and ssh encrypts.
 */
const share = 0.25;

/** One stream of ssh is bound to one core: a faster link does not make it faster. */
const mostMibPerSecond = 400;

/** Gigabit, where nobody tells. */
const usualMbit = 1000;

/** The rate to count on. `measured` is in MiB/s. */
export function migrationRate(measured: number | undefined, speedMbit: number | undefined): MigrationRate {
  if (measured !== undefined) return { mibPerSecond: measured, basis: 'measured' };
  const mibPerSecond = Math.min(mostMibPerSecond, (((speedMbit ?? usualMbit) * 1e6) / 8 / 2 ** 20) * share);
  const link =
    speedMbit === undefined ? 'a link of unknown speed, taken for 1000 Mbit/s' : `a link of ${speedMbit} Mbit/s`;
  return { mibPerSecond: Math.round(mibPerSecond), basis: `a quarter of ${link}` };
}

/** Megabits per second of the link with this address, or of the cards of its bridge or bond; undefined if unknown. */
export function speedOfAddress({ interfaces }: NetworkFacts, address: string): number | undefined {
  const link = interfaces.find(({ addresses }) => addresses.some((one) => one.address === address));
  if (link === undefined) return undefined;
  if (link.speedMbit !== undefined) return link.speedMbit;
  const parts = interfaces.filter(({ master, speedMbit }) => master === link.name && speedMbit !== undefined);
  return parts.length === 0 ? undefined : Math.max(...parts.map(({ speedMbit = 0 }) => speedMbit));
}

/** Seconds in which the memory of a VM gets across once, when `atOnce` migrations share the link. */
export const secondsToMigrate = (memoryMiB: number, { mibPerSecond }: MigrationRate, atOnce = 1): number =>
  Math.ceil((memoryMiB * atOnce) / mibPerSecond);

/**
 * A timeout of migrate_to and migrate_from for a VM, in seconds: half as much again as its memory takes, for pages that
 * are written meanwhile, and never below the 600 s of the usual configuration.
 */
export function migrationTimeout(memoryMiB: number, rate: MigrationRate, atOnce = 1): number {
  const seconds = secondsToMigrate(memoryMiB, rate, atOnce) * 1.5 + 30;
  return Math.max(600, Math.ceil(seconds / 60) * 60);
}
