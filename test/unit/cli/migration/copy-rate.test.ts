import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bar, clockTime } from '../../../../cli/migration/bar.ts';
import { progressOf } from '../../../../cli/migration/copy-rate.ts';

describe('the progress of a copy', () => {
  it('takes rate and time left from the last seconds', () => {
    const samples = [
      { at: 0, filledMiB: 0 },
      { at: 10_000, filledMiB: 100 },
      { at: 12_000, filledMiB: 300 },
    ];
    expect(progressOf(samples, 1000)).toEqual({
      filledMiB: 300,
      totalMiB: 1000,
      share: 0.3,
      rate: 100,
      secondsLeft: 7,
    });
  });

  it('has no rate before the second sample, and no time left while nothing comes', () => {
    expect(progressOf([], 512)).toMatchObject({ filledMiB: 0, share: 0, rate: undefined, secondsLeft: undefined });
    expect(progressOf([{ at: 0, filledMiB: 5 }], 512)).toMatchObject({ rate: undefined });
    const still = [
      { at: 0, filledMiB: 5 },
      { at: 1000, filledMiB: 5 },
    ];
    expect(progressOf(still, 512)).toMatchObject({ rate: 0, secondsLeft: undefined });
  });

  it('never says more than all of it, whatever the toolstack shows', () => {
    const sample = fc.record({ at: fc.nat(1e6), filledMiB: fc.nat(1e6) });
    fc.assert(
      fc.property(fc.array(sample), fc.nat(1e5), (samples, total) => {
        const {
          share,
          filledMiB,
          secondsLeft = 0,
        } = progressOf(
          samples.sort((one, other) => one.at - other.at),
          total,
        );
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        expect(filledMiB).toBeLessThanOrEqual(total);
        expect(secondsLeft).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('a bar', () => {
  const half = { filledMiB: 256, totalMiB: 512, share: 0.5, rate: 64, secondsLeft: 4 };

  it('is half full when half of the memory is there', () => {
    const line = bar('vm01  node1 > node2', half, 80);
    expect(line).toMatch(/^vm01 {2}node1 > node2 {2}\[(#+)(-+)\] {3}50 % {2}256\/512 MiB {2}64 MiB\/s {2}0:04 left$/);
    const [, full, empty] = /\[(#+)(-+)\]/.exec(line) ?? [];
    expect(Math.abs((full?.length ?? 0) - (empty?.length ?? 0))).toBeLessThanOrEqual(1);
  });

  it('says that what changed meanwhile is copied when all of it has been there once', () => {
    expect(bar('vm01', { ...half, filledMiB: 512, share: 1, secondsLeft: 0 }, 80)).toMatch(
      /100 %.*what changed meanwhile/,
    );
  });

  it('fits its terminal, and leaves the bar out before the figures', () => {
    for (let width = 75; width < 200; width += 1)
      expect(bar('vm01  node1 > node2', half, width).length).toBeLessThan(width);
    expect(bar('vm01  node1 > node2', half, 60)).not.toContain('[');
    expect(bar('vm01  node1 > node2', half, 60)).toContain('50 %');
  });

  it.each([
    [0, '0:00'],
    [59.2, '1:00'],
    [3599, '59:59'],
    [3661, '1:01:01'],
    [-1, '0:00'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(clockTime(seconds)).toBe(text);
  });
});
