import { expect, it } from 'vitest';
import { exit, exitWords } from '../../../../lib/ocf/exit.ts';

it('the exit codes are those of OCF 1.1, and 190 of Pacemaker', () => {
  expect(exit).toEqual({
    success: 0,
    generic: 1,
    badArguments: 2,
    unimplemented: 3,
    permission: 4,
    notInstalled: 5,
    notConfigured: 6,
    notRunning: 7,
    degraded: 190,
  });
});

it('every exit code has words of its own', () => {
  const words = Object.values(exit).map(exitWords);
  expect(words.every((text) => /^[a-z][a-z ,]+$/.test(text))).toBe(true);
  expect(new Set(words).size).toBe(words.length);
});
