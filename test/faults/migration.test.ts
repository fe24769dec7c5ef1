import { expect, it } from 'vitest';
import { type Exploration, explore, wander } from './migration.ts';

const told = ({ violations }: Exploration) =>
  violations.map(({ invariant, text, story }) => [`(${invariant}) ${text}`, ...story].join('\n  '));

it('A live migration breaks no promise, in whatever order its two ends, the network and the agents go on', async () => {
  const found = await explore(0);
  console.log(`all orders without a fault: ${found.states} states, ${found.runs} runs, ${found.ends} ends`);
  expect(told(found)).toEqual([]);
  expect(found.states).toBeGreaterThan(100);
});

it('A live migration whose receiver dies at any moment breaks no promise, in whatever order the rest goes on', async () => {
  const found = await explore(1, { of: ['receiver'] });
  console.log(`all orders in which the receiver dies: ${found.states} states, ${found.runs} runs, ${found.ends} ends`);
  expect(told(found)).toEqual([]);
  expect(found.states).toBeGreaterThan(500);
});

it.each([1, 2])(
  'A live migration with faults, %i at most, breaks no promise, in orders taken by chance',
  async (faults) => {
    const found = await wander(faults, 1500, faults);
    console.log(`${found.runs} orders with at most ${faults} faults: ${found.states} states`);
    expect(told(found)).toEqual([]);
    expect(found.states).toBeGreaterThan(500);
  },
);
