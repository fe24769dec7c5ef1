import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lineLog, oneLine } from '../../../../lib/system/log.ts';

it('a log writes one line a text, with its level', () => {
  let written = '';
  const log = lineLog((line) => {
    written += line;
  });
  log.info('vm01 runs');
  log.warn('vm01\nocf-exit-reason:forged\r\n');
  expect(written).toBe('INFO: vm01 runs\nWARNING: vm01 ocf-exit-reason:forged\n');
});

it.each([
  ['a\nb', 'a b'],
  ['a\r\n\tb', 'a b'],
  ['\n a \n', 'a'],
  ['\x1b[31mred\x1b[0m', '[31mred [0m'],
  ['\x9b2J', '2J'],
  ['a\u2028b\u0085c', 'a b c'],
  ['a\ufffeb\ud800c\u202ed', 'a b c d'],
  ['Grüße, 仮想', 'Grüße, 仮想'],
])('%j becomes %j', (text, line) => expect(oneLine(text)).toBe(line));

it('no text becomes more than one line, or holds what XML cannot', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(oneLine(text)).not.toMatch(/[\p{Cc}\p{Cs}\ufffe\uffff\u2028\u2029]/u);
    }),
  );
});
