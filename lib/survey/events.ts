import { fencings } from '../cluster/node-fate.ts';
import type { HistoryEvent } from '../history/event.ts';
import { readEvents, type Selection } from '../history/read.ts';
import { logFolder } from '../system/memory.ts';
import type { SurveyContext } from './sections.ts';

/** Which events are asked for. */
export interface EventsOptions extends Selection {
  /** At most so many, the newest ones. */
  readonly limit: number;
}

/** What this node knows of the past: its own VMs, and the fencings that its cluster remembers. */
export interface EventsFacts {
  /** In the order of their times. */
  readonly events: readonly HistoryEvent[];
  /** Whether that is all; else the older ones are left out. */
  readonly complete: boolean;
}

export async function eventsFacts(options: EventsOptions, context: SurveyContext): Promise<EventsFacts> {
  const own = readEvents(logFolder, options);
  const all = [...own, ...(await pastFencings(options, context))].sort((one, other) => one.time - other.time);
  return { events: all.slice(-options.limit), complete: all.length <= options.limit };
}

async function pastFencings(
  { sinceMs = 0, untilMs = Number.POSITIVE_INFINITY, vm }: Selection,
  { runner, deadline }: SurveyContext,
): Promise<HistoryEvent[]> {
  if (vm !== undefined) return [];
  try {
    const past = await fencings(runner, deadline);
    return past
      .filter(({ timeMs }) => timeMs >= sinceMs && timeMs <= untilMs)
      .map(({ node, timeMs }) => ({ time: timeMs, node, vm: '', event: 'fenced' }));
  } catch {
    // Pacemaker does not run here: the history of this node's VMs is there all the same.
    return [];
  }
}
