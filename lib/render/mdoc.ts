/**
 * Text as mdoc(7), the language of manual pages: a sentence a line, lines of at most 78 characters, nothing taken for a
 * macro. `code` becomes literal text; an empty line begins a paragraph.
 */
export function mdocText(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, ' ').split(sentenceEnd).map(mdocLine).join('\n'))
    .join('\n.Pp\n');
}

/** A sentence ends here, and mdoc wants the next one on a line of its own. */
const sentenceEnd = /(?<=[.!?][)"']?) (?=\S)/;

/** Words in lines of at most 78 characters. */
function mdocLine(sentence: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of mdocWord(sentence).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 78) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one) => one.replace(/^[.']/, '\\&$&')).join('\n');
}

/** A text within a line, or an argument of a macro: `-` stays a minus, so that commands can be copied from the page. */
export function mdocWord(text: string): string {
  return text
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/~/g, '\\(ti')
    .replace(/\^/g, '\\(ha')
    .replace(/`([^`]*)`/g, '\\fB$1\\fR')
    .replace(
      /[^\n -~]/g,
      (character) => `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}

/** One argument of a macro, which may hold spaces. */
export function mdocArgument(text: string): string {
  return `"${mdocWord(text).replace(/"/g, '\\(dq')}"`;
}

/** A list of terms, each with mdoc text below it. */
export function mdocList(rows: readonly { readonly term: string; readonly text: string }[]): string {
  return `.Bl -tag -width Ds
${rows.map(({ term, text }) => `.It ${term}\n${text}`).join('\n')}
.El`;
}

/** Lines that stand as they are, for examples. */
export function mdocLiteral(text: string): string {
  const lines = mdocWord(text.trimEnd()).split('\n');
  return `.Bd -literal -offset indent\n${lines.map((line) => line.replace(/^[.']/, '\\&$&')).join('\n')}\n.Ed`;
}

/** The head of a page. */
export function mdocHead(page: {
  readonly name: string;
  readonly section: number;
  /** What it is, without a full stop. */
  readonly short: string;
  /** When the sources were last changed. */
  readonly date: Date;
}): string {
  const month = page.date.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' });
  return `.Dd ${month} ${page.date.getUTCDate()}, ${page.date.getUTCFullYear()}
.Dt ${page.name.toUpperCase()} ${page.section}
.Os
.Sh NAME
.Nm ${page.name}
.Nd ${mdocWord(page.short)}`;
}
