import { quoteWord } from '../../lib/system/shell-words.ts';
import { printable } from '../printable.ts';
import type { Terminal } from '../terminal.ts';
import type { Finding, Severity } from './check.ts';

/** A finding with the name of its check. */
export interface NamedFinding extends Finding {
  readonly check: string;
}

export const severities: readonly Severity[] = ['problem', 'warning', 'note'];

const colours = { problem: 'red', warning: 'yellow', note: 'dim' } as const;

/** Findings for people: worst first, lines no longer than the terminal; a command is never cut, so it can be copied. */
export function report(findings: readonly NamedFinding[], { style, width }: Pick<Terminal, 'style' | 'width'>): string {
  const columns = Math.max(60, Math.min(width, 100));
  return severities
    .map((severity) => {
      const own = findings.filter((finding) => finding.severity === severity);
      if (own.length === 0) return '';
      const heading = `${severity.toUpperCase()}${own.length === 1 ? '' : 'S'} (${own.length})`;
      return `${style(colours[severity], heading)}\n\n${own.map((finding) => one(finding, columns, style)).join('\n')}\n`;
    })
    .join('');
}

function one({ check, what, evidence, remedy }: NamedFinding, columns: number, style: Terminal['style']): string {
  const lines = [
    style('bold', wrap(`${check}: ${printable(what)}`, columns, '', '  ')),
    ...evidence.map((line) => wrap(printable(line), columns, '  - ', '    ')),
    ...remedy.map((step) =>
      typeof step === 'string' ? wrap(printable(step), columns, '  > ', '    ') : wrapCommand(step, columns),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function wrap(text: string, columns: number, first: string, others: string): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = others;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** A command as a shell reads it, continued with backslashes between its words. */
function wrapCommand(words: readonly string[], columns: number): string {
  const lines: string[] = [];
  let line = '    $';
  for (const word of words.map((one) => printable(quoteWord(one)))) {
    if (line.length + 1 + word.length > columns - 2 && line.trim() !== '$' && line.trim() !== '') {
      lines.push(`${line} \\`);
      line = '       ';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
