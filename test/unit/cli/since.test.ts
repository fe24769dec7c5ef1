import { expect, it } from 'vitest';
import { parseSince } from '../../../cli/since.ts';

const now = Date.parse('2026-11-21T12:00:00');

it.each([
  ['90s', now - 90_000],
  ['1.5h', now - 5_400_000],
  ['7d', now - 604_800_000],
  ['2026-11-21', Date.parse('2026-11-21T00:00:00')],
  ['2026-11-21 09:30', Date.parse('2026-11-21T09:30:00')],
  ['2026-11-21T09:30:15', Date.parse('2026-11-21T09:30:15')],
])('--since %s', (text, ms) => {
  expect(parseSince(text, now)).toBe(ms);
});

it.each(['', '7', '7 years', 'yesterday', '2026-13-41', '2026-11-21 25:00', '-1d'])('--since %j is no time', (text) => {
  expect(() => parseSince(text, now)).toThrow('is no time');
});
