import { hostname } from 'node:os';
import type { Details, EventKind, HistoryEvent } from '../history/event.ts';
import { lastEvent } from '../history/read.ts';
import { writeEvent } from '../history/write.ts';
import type { OcfEnvironment } from '../ocf/environment.ts';
import { type Exit, exit } from '../ocf/exit.ts';
import type { Host } from './host.ts';

const successes: Readonly<Record<string, EventKind>> = {
  start: 'started',
  stop: 'stopped',
  migrate_to: 'migrated',
  migrate_from: 'arrived',
};

/** How an action ended. */
interface Ended {
  readonly code: Exit;
  /** The exit reason; undefined where there is none. */
  readonly reason: string | undefined;
  /** What the action said of itself. */
  readonly details: Details;
}

/** Adds the end of an action to the history of this node. */
export function recordAction(environment: OcfEnvironment, { code, reason, details }: Ended, host: Host): void {
  const { action, instance, migrateSource, migrateTarget } = environment;
  const isOver = code === exit.success || (action === 'stop' && code === exit.notRunning);
  const said = reason ?? (code === exit.notRunning ? 'it was not running' : undefined);
  const event: Omit<HistoryEvent, 'time'> = {
    node: environment.nodeName ?? hostname(),
    vm: instance,
    event: isOver ? (successes[action] ?? 'failed') : code === exit.degraded ? 'degraded' : 'failed',
    action,
    ...(action === 'monitor' ? {} : { seconds: Math.round(host.clock.now()) / 1000 }),
    ...(action === 'migrate_to' && migrateTarget !== undefined ? { to: migrateTarget } : {}),
    ...(action === 'migrate_from' && migrateSource !== undefined ? { from: migrateSource } : {}),
    ...details,
    ...(isOver ? {} : { exit: code, ...(said === undefined ? {} : { reason: said }) }),
  };
  if (action === 'monitor' && isKnown(event, host.logFolder)) return;
  writeEvent(host.logFolder, event);
}

/** A monitor finds the same again and again, until somebody does something about it: that is told once a day. */
function isKnown({ vm, event, reason }: Omit<HistoryEvent, 'time'>, folder: string): boolean {
  const dayMs = 86_400_000;
  const last = lastEvent(folder, vm);
  const words = (text: string | undefined) => text?.replace(/\d+/g, '');
  return last?.event === event && words(last.reason) === words(reason) && Date.now() - last.time < dayMs;
}
