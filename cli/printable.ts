/** Control characters, halves of characters, and what turns the direction of a text or is a line end of its own. */
const unprintable = '\\p{Cc}\\p{Cs}\\u2028\\u2029\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb\\ufeff';
const inText = new RegExp(`[${unprintable}]`, 'gu');
/** As above, but for line ends, tabs, and what styleText writes. */
const inOutput = new RegExp(`(\\x1b\\[\\d{1,2}m|[\\n\\t])|[${unprintable}]`, 'gu');

/** A text of another program or node, made safe for a terminal: control characters become `?`. */
export const printable = (text: string): string => text.replace(inText, '?');

/** All that is about to be printed, with its line ends and colours: the last guard, should a text not have been made safe. */
export const printableOutput = (text: string): string =>
  text.replace(inOutput, (_, own: string | undefined) => own ?? '?');

/** JSON in which no character means something to a terminal. */
export const printableJson = (value: unknown, indent = 2): string =>
  JSON.stringify(value, null, indent).replace(
    inOutput,
    (found: string, own: string | undefined) => own ?? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
