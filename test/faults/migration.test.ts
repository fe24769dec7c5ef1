import { expect, it } from 'vitest';
import { explore } from './migration.ts';

it.each([0, 1])(
  'A live migration with up to %i faults breaks no promise, in whatever order its two ends, the network and the agents go on',
  async (faults) => {
    const { states, runs, ends, violations } = await explore(faults);
    console.log(
      `up to ${faults} faults: ${states} states, ${runs} runs, ${ends} ends, ${violations.length} violations`,
    );
    expect(violations.map(({ invariant, text, story }) => [`(${invariant}) ${text}`, ...story].join('\n  '))).toEqual(
      [],
    );
    expect(ends).toBeGreaterThan(5);
  },
);
