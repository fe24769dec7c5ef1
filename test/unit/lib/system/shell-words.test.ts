import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWord, splitWords } from '../../../../lib/system/shell-words.ts';

/** The arguments that a real shell makes of a command's text. */
function shellWords(text: string): string[] {
  const { status, stdout } = spawnSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout.split('\0').slice(0, -1);
}

const letters = (...special: string[]) =>
  fc.array(fc.constantFrom('a', 'B', '7', ' ', ...special), { maxLength: 8 }).map((found) => found.join(''));

describe('a quoted word', () => {
  const word = letters(
    '\n',
    '\t',
    "'",
    '"',
    '\\',
    '$',
    '`',
    '*',
    '?',
    '~',
    '#',
    '!',
    '&',
    ';',
    '(',
    '<',
    '-',
    '=',
    'ä',
  );

  it('is read back by a shell as what it was', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        expect(shellWords(words.map(quoteWord).join(' '))).toEqual(words);
      }),
      { numRuns: 150 },
    );
  });

  it('is read back by splitWords as what it was', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'grapheme' }))), (words) => {
        expect(splitWords(words.map(quoteWord).join(' '))).toEqual(words);
      }),
      { numRuns: 1000 },
    );
  });

  it('is left as it is where nothing has to be quoted', () => {
    expect(['-o', 'BatchMode=yes', '/a/b.c', 'root@node1', ''].map(quoteWord)).toEqual([
      '-o',
      'BatchMode=yes',
      '/a/b.c',
      'root@node1',
      "''",
    ]);
  });
});

describe('a text is split', () => {
  it.each([
    ['', []],
    ['  ', []],
    ['a b', ['a', 'b']],
    [' a\tb\nc ', ['a', 'b', 'c']],
    ["'a b' c", ['a b', 'c']],
    ['"a b" c', ['a b', 'c']],
    ['a\'b\'"c"d', ['abcd']],
    ['"" \'\'', ['', '']],
    ['a\\ b', ['a b']],
    ['"a\\"b\\\\c"', ['a"b\\c']],
    ["'a\\b'", ['a\\b']],
    ['"\\$x \\`y\\` \\z"', ['$x `y` \\z']],
    ['$HOME; `id` | x', ['$HOME;', '`id`', '|', 'x']],
    ['-p 2222 -i "/root/my key"', ['-p', '2222', '-i', '/root/my key']],
    ['a\\', ['a\\']],
    ['a\u00a0b', ['a\u00a0b']],
  ])('%j into %j', (text, words) => expect(splitWords(text)).toEqual(words));

  it('as a real shell does it', () => {
    const word = letters("'", '"', '\\', '\\"', "\\'", '\\\\', '"\\$\\`"', '" "', "' '", '\t');
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (parts) => {
        const text = `x ${parts.join(' ')}`;
        let words: string[];
        try {
          words = splitWords(text);
        } catch {
          return;
        }
        // A backslash at the very end is not portable between shells.
        if (!/(^|[^\\])(\\\\)*\\$/.test(text)) expect(shellWords(text)).toEqual(words);
      }),
      { numRuns: 200 },
    );
  });

  it.each(["'a", '"a', 'a "b\\"', "a 'b\\"])('not at all when a quote is open: %j', (text) => {
    expect(() => splitWords(text)).toThrow(/the quote ['"] is not closed/);
  });
});
