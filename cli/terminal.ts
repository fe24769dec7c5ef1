import { styleText } from 'node:util';
import { printable, printableOutput } from './printable.ts';

type Style = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Where the operator sits. */
export interface Terminal {
  /** Characters in a line; 80 where nobody looks. */
  readonly width: number;
  /** Colour, only where a person looks and did not forbid it (NO_COLOR). */
  style(style: Style, text: string): string;
  out(text: string): void;
  err(text: string): void;
  /** Shows what is under way, in the place of what was shown before; nothing where nobody looks. An empty list clears it. */
  progress(lines: readonly string[]): void;
}

/** The terminal of this process: results go to stdout, what is under way to stderr. */
export function processTerminal(): Terminal {
  // A terminal that was told no size says 0.
  const width = process.stdout.columns || 80;
  const isWatched = process.stderr.isTTY === true;
  let shown = 0;
  const clear = () => {
    if (shown > 0) process.stderr.write(`\x1b[${shown}A\x1b[0J`);
    shown = 0;
  };
  return {
    width,
    style: (style, text) => styleText(style, text, { stream: process.stdout }),
    out: (text) => {
      clear();
      process.stdout.write(printableOutput(text));
    },
    err: (text) => {
      clear();
      process.stderr.write(printableOutput(text));
    },
    progress: (lines) => {
      if (!isWatched) return;
      clear();
      // A line that wraps would count as two.
      const columns = (process.stderr.columns || 80) - 1;
      process.stderr.write(lines.map((line) => `${printable(line).slice(0, columns)}\n`).join(''));
      shown = lines.length;
    },
  };
}
