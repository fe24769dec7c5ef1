import type { Release } from '../build/changelog.ts';

/** As Debian has it. */
export function debianChangelog(name: string, releases: readonly Release[], maintainer: string): string {
  return releases
    .map(
      ({ version, date, changes }) => `${name} (${version}) unstable; urgency=medium

${changes.map((change) => `  * ${wrap(change, 74).join('\n    ')}`).join('\n')}

 -- ${maintainer}  ${date.toUTCString().replace('GMT', '+0000')}
`,
    )
    .join('\n');
}

/** The %changelog of an RPM. */
export function rpmChangelog(releases: readonly Release[], maintainer: string): string {
  return releases
    .map(({ version, date, changes }) => {
      const [weekday = '', day, month, year] = date.toUTCString().replace(',', '').split(' ');
      const entries = changes.map((change) => `- ${wrap(change.replaceAll('%', '%%'), 76).join('\n  ')}`);
      return `* ${weekday} ${month} ${day} ${year} ${maintainer} - ${version}-1\n${entries.join('\n')}\n`;
    })
    .join('\n');
}

/** Text in lines of a width. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
