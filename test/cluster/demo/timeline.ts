import type { TruthLine } from '../../sim/control.ts';
import { interruptions } from '../interruptions.ts';
import { table } from './screen.ts';

/** What happened in the demo, in order, for somebody who did not watch. */
export interface Timeline {
  /** Adds an event, at a time in milliseconds since the epoch; `seconds` since what caused it. */
  add(time: number, node: string, what: string, seconds?: number): void;
  /** Names the part of the demo that begins now. */
  part(title: string): void;
  render(): string[];
  /** A table of how long each VM stood still, and in which part. */
  renderInterruptions(truth: readonly TruthLine[], vms: readonly string[]): string[];
}

export function createTimeline(): Timeline {
  const begun = Date.now();
  const events: { time: number; node: string; what: string; seconds: number | undefined }[] = [];
  const parts: { time: number; title: string }[] = [];
  const sinceBegin = (time: number) => `${((time - begun) / 1000).toFixed(1)} s`;
  const partAt = (time: number) => parts.findLast((part) => part.time <= time)?.title ?? '';
  return {
    add: (time, node, what, seconds) => void events.push({ time, node, what, seconds }),
    part: (title) => void parts.push({ time: Date.now(), title }),
    render: () =>
      table([
        ['time', 'node', 'what happened', 'took'],
        ...events
          .toSorted((one, other) => one.time - other.time)
          .map(({ time, node, what, seconds }) => [
            sinceBegin(time).padStart(7),
            node,
            what,
            seconds === undefined ? '' : `${seconds.toFixed(1)} s`,
          ]),
      ]),
    renderInterruptions: (truth, vms) =>
      table([
        ['VM', 'stood still', 'during'],
        ...vms.flatMap((vm) =>
          interruptions(truth, vm).map(({ from, to }) => [
            vm,
            to - from < 1000 ? `${to - from} ms` : `${((to - from) / 1000).toFixed(1)} s`,
            partAt(from),
          ]),
        ),
      ]),
  };
}
