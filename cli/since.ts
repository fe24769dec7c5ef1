import { badArguments } from '../lib/ocf/error.ts';

const unitsMs: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A point in the past: an age such as `30min`, `12h`, `7d`, or a date such as `2026-11-21`, `2026-11-21 09:30` in the
 * time zone of this node. In milliseconds since 1970.
 *
 * @throws OcfError exit 2 when it is neither.
 */
export function parseSince(text: string, nowMs: number): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|w)$/.exec(text.trim()) ?? [];
  if (number !== undefined) return nowMs - Number(number) * (unitsMs[unit] ?? 0);
  // A date without a time would be taken for one of UTC.
  const [, day, time = '00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/.exec(text.trim()) ?? [];
  const found = Date.parse(`${day}T${time}`);
  if (!Number.isNaN(found)) return found;
  throw badArguments(`--since ${JSON.stringify(text)} is no time`, 'write for example 2h, 7d or 2026-11-21 09:30');
}
