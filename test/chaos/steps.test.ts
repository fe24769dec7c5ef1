import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { operations } from './operations/index.ts';
import { drawSteps, formatStep, parseStep, parseSteps, type Step } from './steps.ts';
import { sceneOf } from './world.ts';

function take(count: number, seed: number, nodes = 3): Step[] {
  const steps = drawSteps(seed, sceneOf(nodes));
  return Array.from({ length: count }, () => steps.next().value);
}

it('a seed does the same things every time, and another seed does others', () => {
  expect(take(200, 7)).toEqual(take(200, 7));
  expect(take(200, 7)).not.toEqual(take(200, 8));
});

it('every operation is drawn, and every node and VM is hit', () => {
  const words = take(1000, 1, 5).flatMap((step) => step.flatMap((one) => one.words));
  const { nodes, xen, vmware } = sceneOf(5);
  for (const word of [...Object.keys(operations), ...nodes, ...xen, ...vmware]) expect(words).toContain(word);
});

it('a step that was written down is read as it was', () => {
  for (const step of take(300, 3)) expect(parseStep(formatStep(step))).toEqual(step);
  expect(parseSteps('# 3 nodes\ncrash node1; after 0.5 move vm01 node2\n\nclear vm01\n').map(formatStep)).toEqual([
    'crash node1; after 0.5 move vm01 node2',
    'clear vm01',
  ]);
});

it.each(['unsafe.steps', 'found.steps'])('the steps of %s can be taken', (file) => {
  expect(parseSteps(readFileSync(join(import.meta.dirname, file), 'utf8')).length).toBeGreaterThan(0);
});

it('a step that nobody can take is refused with what there is', () => {
  expect(() => parseStep('explode node1')).toThrow(/no such operation: "explode".* crash /);
  expect(() => parseStep('after soon crash node1')).toThrow('no number of seconds: soon');
  expect(() => parseStep('constructor node1')).toThrow('no such operation');
});
