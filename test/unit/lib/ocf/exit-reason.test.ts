import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exitReason } from '../../../../lib/ocf/exit-reason.ts';

/** What Pacemaker keeps of a reason. */
const cut = (reason: string) => Buffer.from(reason).subarray(0, 128);

it.each([
  ['a short reason', 'Grüße aus 仮想'],
  ['a long reason of one byte a character', 'x'.repeat(300)],
  ['a long reason with a character that ends at the cut', `${'x'.repeat(126)}ü and more`],
])('%s stays as it is', (_, reason) => expect(exitReason(reason)).toBe(reason));

it.each([
  ['ü', '??'],
  ['仮', '???'],
  ['😀', '????'],
])('%s at the cut becomes %s', (character, marks) => {
  const before = 'x'.repeat(127);
  expect(exitReason(`${before}${character}üü`)).toBe(`${before}${marks}üü`);
});

it('whatever the reason, what is kept of it is whole characters', () => {
  const characters = fc.constantFrom('a', 'ü', '仮', '😀');
  fc.assert(
    fc.property(fc.array(characters, { minLength: 30, maxLength: 140 }), (parts) => {
      const kept = cut(exitReason(parts.join('')));
      expect(Buffer.from(kept.toString())).toEqual(kept);
    }),
  );
});

it('has no markup behind a character beyond ASCII, where Pacemaker does not escape it', () => {
  expect(exitReason('a "b" <c> & d')).toBe('a "b" <c> & d');
  expect(exitReason('vm "größe" is <gone> & "lost"')).toBe("vm \"größe' is ?gone> ? 'lost'");
});
