import { readFileSync } from 'node:fs';

/** A version in CHANGELOG.md: `## 0.1.0 - 2026-11-21` and a list below it. */
export interface Release {
  readonly version: string;
  /** Noon of its day. */
  readonly date: Date;
  readonly changes: readonly string[];
}

/** The versions of the project, the newest first. */
export function releases(): [Release, ...Release[]] {
  return parseChangelog(readFileSync('CHANGELOG.md', 'utf8'));
}

/**
 * Reads a changelog, the newest version first.
 *
 * @throws Error when there is no version in it, or one without a date.
 */
export function parseChangelog(markdown: string): [Release, ...Release[]] {
  const [newest, ...older] = markdown.split(/^## /m).slice(1).map(parseSection);
  if (newest === undefined) throw new Error('CHANGELOG.md names no version');
  return [newest, ...older];
}

function parseSection(section: string): Release {
  const [head = '', ...lines] = section.split('\n');
  const [, version, day] = /^(\S+) - (\d{4}-\d{2}-\d{2})$/.exec(head) ?? [];
  if (version === undefined) throw new Error(`CHANGELOG.md: no version and date in "${head}"`);
  const items = lines.join('\n').split(/^- /m).slice(1);
  return {
    version,
    date: new Date(`${day}T12:00:00Z`),
    changes: items.map((item) => item.replace(/\s+/g, ' ').trim()),
  };
}
