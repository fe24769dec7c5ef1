import type { TruthLine } from '../../sim/control.ts';
import { waitUntil } from '../wait-until.ts';
import type { XenCluster } from '../xen-cluster.ts';
import type { Screen } from './screen.ts';
import type { Timeline } from './timeline.ts';

/** What every act of the demo works with. */
export interface Stage {
  readonly cluster: XenCluster;
  readonly screen: Screen;
  readonly timeline: Timeline;
}

/** Fails the demo unless what had to happen did. */
export function must(happened: boolean, expected: string, seen: unknown): void {
  if (!happened) throw new Error(`expected: ${expected}\nseen: ${JSON.stringify(seen, undefined, 1)}`);
}

/** Runs a command of the administrator's on a node and shows it. */
export async function operator({ cluster, screen }: Stage, ...argv: readonly string[]): Promise<void> {
  const node = cluster.anyNode();
  screen.note(`[${node.name}] # ${argv.map((word) => (/^[\w./:=@-]+$/.test(word) ? word : `'${word}'`)).join(' ')}`);
  await node.run(argv, { timeout: 60_000 });
}

/** The first line of the truth log that fits, from a time on. */
export function eventSince(
  { cluster }: Stage,
  since: number,
  fits: (line: TruthLine) => boolean,
): TruthLine | undefined {
  return cluster.truth().find((line) => line.time >= since && fits(line));
}

/** Waits until a node was fenced after a time, and returns when. */
export function waitFenced({ cluster }: Stage, node: string, since: number, seconds: number): Promise<number> {
  return waitUntil(
    `${node} is fenced`,
    seconds,
    () => cluster.fencedLog().find((one) => one.node === node && one.time >= since && one.answer === 'off')?.time,
    async () => {
      const { failures, resources } = (await cluster.status()) ?? {};
      return JSON.stringify({ fenced: cluster.fencedLog(), failures, resources }, undefined, 1);
    },
  );
}

/** Waits until a VM runs anew on another node; returns the moment and the place. */
export function waitRestarted({ cluster }: Stage, vm: string, notOn: string, since: number): Promise<TruthLine> {
  return waitUntil(
    `${vm} runs on another node than ${notOn}`,
    30,
    () =>
      cluster
        .truth()
        .find((line) => line.name === vm && line.event === 'running' && line.host !== notOn && line.time >= since),
    () => JSON.stringify(cluster.truth().slice(-10), undefined, 1),
  );
}

/** Seconds between two moments in milliseconds. */
export const secondsBetween = (from: number, to: number) => (to - from) / 1000;
