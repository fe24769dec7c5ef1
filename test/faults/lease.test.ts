import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Guard, guards, judge } from './lease.ts';

const all = Object.keys(guards) as Guard[];

it('without a watchdog or fencing, a lease either lets a VM run twice or leaves it down for ever', () => {
  const verdicts = Object.fromEntries(
    all.map((guard) => {
      const { twice, lost } = judge(guard);
      return [guard, [twice !== undefined, lost !== undefined]];
    }),
  );
  expect(verdicts).toEqual({
    lease: [true, false],
    'lease, and its renewer ends the VM': [true, false],
    'lasting lease': [false, true],
    'lease and watchdog': [false, false],
    fencing: [false, false],
  });
});

it('the shortest way to a VM that runs twice is a renewer that stands still', () => {
  const { twice } = judge('lease, and its renewer ends the VM');
  expect(twice).toContain('the renewer of node 1 stands still');
  expect(twice?.at(-1)).toBe('node 2 takes the expired lease, and starts the VM');
});

it('a whole host that stands still also comes to two copies, although no guest of it ran meanwhile', () => {
  for (const guard of ['lease', 'lease, and its renewer ends the VM'] as const) {
    const { twice } = judge(guard, (name) => name !== 'the renewer of node 1 stands still');
    expect(twice).toContain('all of node 1 stands still');
    expect(twice).toContain('node 1 goes on, and the guest with it');
  }
});

it('the documentation says of each guard what the model says', () => {
  const page = readFileSync('docs/security.md', 'utf8');
  const word = (found: unknown) => (found === undefined ? 'no' : 'yes');
  for (const guard of all) {
    const { twice, lost, states } = judge(guard);
    console.log(`${guards[guard]}: ${states} states${twice ? `; runs twice: ${twice.join(', ')}` : ''}`);
    expect(page).toContain(`| ${guards[guard]} | ${word(twice)} | ${word(lost)} |`);
  }
});
