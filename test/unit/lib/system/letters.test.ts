import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { consistsOf, isDigits, isPlainWord } from '../../../../lib/system/letters.ts';

describe('a text', () => {
  it('consists of letters when it has one at least, and no other', () => {
    expect(consistsOf('ab', 'abba')).toBe(true);
    expect(consistsOf('ab', 'abc')).toBe(false);
    expect(consistsOf('ab', '')).toBe(false);
    expect(consistsOf('', '')).toBe(false);
  });

  it('is a number, or a plain word, where a regular expression says so', () => {
    const texts = fc.oneof(
      fc.stringMatching(/^[\w.-]{0,6}$/),
      fc.stringMatching(/^\d{0,6}$/),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(isDigits(text)).toBe(/^\d+$/.test(text));
        expect(isPlainWord(text)).toBe(/^[A-Za-z0-9._-]+$/.test(text));
      }),
    );
  });
});
