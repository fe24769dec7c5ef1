import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mdocArgument, mdocHead, mdocList, mdocLiteral, mdocText, mdocWord } from '../../../../lib/render/mdoc.ts';

describe('text in a manual page', () => {
  it('has each sentence on a line of its own', () => {
    expect(mdocText('It stops. Then it starts (again.) Really? Yes.')).toBe(
      'It stops.\nThen it starts (again.)\nReally?\nYes.',
    );
  });

  it('has paragraphs where the text has empty lines', () => {
    expect(mdocText('One.\n\nTwo\nlines.\n')).toBe('One.\n.Pp\nTwo lines.');
  });

  it('keeps minus, tilde and circumflex as they are typed, and shows code in bold', () => {
    expect(mdocText('run `ls -l ~/^x`')).toBe('run \\fBls \\-l \\(ti/\\(hax\\fR');
  });

  it('writes what is not ASCII by its number', () => {
    expect(mdocWord('a → b …')).toBe('a \\[u2192] b \\[u2026]');
  });

  it('is never taken for a macro or an escape, and no line is longer than 80 characters of words', () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), { minLength: 1 });
    fc.assert(
      fc.property(words, (list) => {
        for (const line of mdocText(list.join(' ')).split('\n')) {
          if (line === '.Pp') continue;
          expect(line).not.toMatch(/^[.']/);
          expect(line).toMatch(/^[ -~]*$/);
          expect(line.replace(/\\(e|-|&|\(ti|\(ha|fB|fR|\[u[0-9A-F]+\])/g, '')).not.toContain('\\');
          expect(line.length <= 80 || !line.includes(' ')).toBe(true);
        }
      }),
    );
  });
});

it('an argument of a macro may hold spaces and quotes', () => {
  expect(mdocArgument('a "b"')).toBe('"a \\(dqb\\(dq"');
});

it('an example keeps its lines, also those that begin with a dot', () => {
  expect(mdocLiteral('one \\\n  two\n.three\n')).toBe('.Bd -literal -offset indent\none \\e\n  two\n\\&.three\n.Ed');
});

it('a list has a term and a text for each row', () => {
  expect(mdocList([{ term: 'Va a', text: 'A.' }])).toBe('.Bl -tag -width Ds\n.It Va a\nA.\n.El');
});

it('the head of a page names it, and its day whatever the time zone', () => {
  const date = new Date('2026-01-02T23:59:00Z');
  expect(mdocHead({ name: 'ocf-virt', section: 1, short: 'helps', date })).toBe(
    '.Dd January 2, 2026\n.Dt OCF-VIRT 1\n.Os\n.Sh NAME\n.Nm ocf-virt\n.Nd helps',
  );
});
