import { describe, expect, it } from 'vitest';
import { andThen, orElse } from '../../../../lib/system/soon.ts';

const double = (value: number) => value * 2;
const fail = () => {
  throw new Error('no');
};
const words = (error: unknown) => `made up for ${error instanceof Error ? error.message : error}`;

describe('going on', () => {
  it('with what is there happens at once, and with what comes when it is there', async () => {
    expect(andThen(2, double)).toBe(4);
    const later = andThen(Promise.resolve(2), double);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toBe(4);
  });

  it('does not happen after a failure', async () => {
    await expect(andThen(Promise.reject(new Error('no')), double)).rejects.toThrow('no');
  });
});

describe('work that fails', () => {
  it('is made up for, whether it fails at once or later', async () => {
    expect(orElse(fail, words)).toBe('made up for no');
    expect(await orElse(async () => fail(), words)).toBe('made up for no');
  });

  it('and what should make up for it fails as well: that is what is told', async () => {
    expect(() => orElse(fail, fail)).toThrow('no');
    await expect(orElse(async () => fail(), fail)).rejects.toThrow('no');
  });

  it('not: its value is there at once, or later', async () => {
    expect(
      orElse(
        () => 1,
        () => 2,
      ),
    ).toBe(1);
    expect(
      await orElse(
        async () => 1,
        () => 2,
      ),
    ).toBe(1);
  });
});
