import { expect, it } from 'vitest';
import { lookingFirst } from '../../agents/xen/looking-first.ts';
import { checkpointOf, worldAt } from './checkpoint.ts';
import { Cluster } from './cluster.ts';
import { type Kind, kinds } from './kinds.ts';
import { filesUnder, newMemoryFolder } from './memory-files.ts';
import { programOn } from './programs.ts';
import type { World } from './world.ts';

const isXl: World['outlives'] = ({ args }) => args[0] === 'xl' || args[1] === 'looks-first';

/** node1 sends its VM to node2; nothing has happened yet. */
function migrating(): World {
  const { world } = new Cluster(kinds[0] as Kind, 'the VM runs', newMemoryFolder());
  const [source] = world.nodes;
  world.outlives = isXl;
  const args = ['migrate', '-s', lookingFirst('ssh', 'vm01'), 'vm01', 'node2'];
  const found = programOn(source, 'xl', args, { attributes: new Map() });
  if (found) world.start(world.add(source, ['xl', ...args]), found.run);
  return world;
}

/** One of the things that can happen does; false when nothing is left. */
function goOn(world: World, choice: number): boolean {
  world.isHeldBack = () => true;
  const steps = world.steps();
  const due = world.nextDue();
  if (steps.length > 0) steps[choice % steps.length]?.run();
  else if (due < Number.POSITIVE_INFINITY) world.elapse(due - world.now);
  return steps.length > 0 || world.nodes.some((node) => node.living().some(({ work }) => work !== undefined));
}

type End = 'transport' | 'session' | 'receiver';

const kill = (world: World, end: End | undefined) => {
  if (end !== undefined) for (const link of world.links) world.kill(link[end], 'SIGKILL');
};

/** All that the world is when its migration has come to its end. */
function endOf(world: World): unknown {
  for (let left = 500; left > 0 && goOn(world, left); left -= 1);
  return {
    now: world.now,
    truth: world.truth,
    nodes: world.nodes.map(({ xen, folder }) => [xen, filesUnder(folder)]),
    living: world.nodes.map((node) => node.living().map(({ pid, parent, args, steps }) => [pid, parent, args, steps])),
    links: world.links.map(({ underWay, transport, session, receiver }) => [
      underWay,
      [transport, session, receiver].map((program) => [program?.ended, program?.host.stderr]),
    ]),
  };
}

it.each<readonly [before: End | undefined, after: End | undefined]>([
  [undefined, undefined],
  [undefined, 'transport'],
  [undefined, 'session'],
  [undefined, 'receiver'],
  ['transport', undefined],
  ['session', undefined],
  ['receiver', undefined],
  ['session', 'transport'],
])('A migration goes on from every checkpoint as it did, killed before: %s, after: %s', (before, after) => {
  let steps = 0;
  for (let isOver = false; !isOver; steps += 1) {
    const world = migrating();
    for (let done = 0; done < steps; done += 1) isOver = !goOn(world, done);
    kill(world, before);
    const checkpoint = checkpointOf(world);
    if (checkpoint === undefined) throw new Error('there is no checkpoint of a migration');
    kill(world, after);
    const expected = endOf(world);
    // Twice: what went on from it has not changed it.
    for (const _ of [1, 2]) {
      const again = worldAt(checkpoint, isXl);
      kill(again, after);
      expect(endOf(again)).toEqual(expected);
    }
  }
  expect(steps).toBeGreaterThan(20);
});

it('A world in which a command is at work that cannot be made anew has no checkpoint', () => {
  const world = migrating();
  world.outlives = () => false;
  expect(checkpointOf(world)).toBeUndefined();
});
