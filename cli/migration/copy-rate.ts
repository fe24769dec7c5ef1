/** How much of a VM's memory was seen at its target, and when. */
export interface Sample {
  /** Milliseconds of a steady clock. */
  readonly at: number;
  readonly filledMiB: number;
}

export interface Progress {
  readonly filledMiB: number;
  readonly totalMiB: number;
  /** 0 to 1. */
  readonly share: number;
  /** MiB a second; undefined until two samples tell. */
  readonly rate: number | undefined;
  /** Seconds until all of it was copied once; undefined when it is not known. */
  readonly secondsLeft: number | undefined;
}

/** The rate is that of the last seconds, because a link is shared and a guest's load changes. */
const windowMs = 8000;

/** What samples, oldest first, say of a copy. Pages that the guest changes meanwhile are copied again on top. */
export function progressOf(samples: readonly Sample[], totalMiB: number): Progress {
  const last = samples.at(-1);
  const filledMiB = Math.min(last?.filledMiB ?? 0, totalMiB);
  const recent = samples.filter(({ at }) => last !== undefined && last.at - at <= windowMs);
  const [first] = recent;
  const ms = first === undefined || last === undefined ? 0 : last.at - first.at;
  const copied = (last?.filledMiB ?? 0) - (first?.filledMiB ?? 0);
  const rate = ms > 0 && copied >= 0 ? (copied / ms) * 1000 : undefined;
  return {
    filledMiB,
    totalMiB,
    share: totalMiB > 0 ? filledMiB / totalMiB : 0,
    rate,
    secondsLeft: rate === undefined || rate <= 0 ? undefined : (totalMiB - filledMiB) / rate,
  };
}
