import { expect, it } from 'vitest';
import { parseChangelog, releases } from '../../../build/changelog.ts';
import { version } from '../../../lib/ocf/version.ts';

it('a changelog is read newest version first, with the changes of each on one line', () => {
  const text =
    '# Changelog\n\n## 0.2.0 - 2026-12-01\n\n- One\n  change.\n- Two.\n\n## 0.1.0 - 2026-11-21\n\n- Three.\n';
  expect(parseChangelog(text)).toEqual([
    { version: '0.2.0', date: new Date('2026-12-01T12:00:00Z'), changes: ['One change.', 'Two.'] },
    { version: '0.1.0', date: new Date('2026-11-21T12:00:00Z'), changes: ['Three.'] },
  ]);
});

it.each([
  ['a version without a date', '# Changelog\n\n## 0.1.0\n\n- One.\n', 'no version and date in "0.1.0"'],
  ['no version at all', '# Changelog\n', 'names no version'],
])('a changelog with %s is refused', (_, text, message) => {
  expect(() => parseChangelog(text)).toThrow(message);
});

it("the newest version of the project's own is the one that ocf-virt says", () => {
  expect(releases()[0].version).toBe(version);
});
