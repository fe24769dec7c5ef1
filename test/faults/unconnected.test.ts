import { expect, it, onTestFinished } from 'vitest';
import { Cluster } from './cluster.ts';
import type { FaultPlan } from './fault-plan.ts';
import { type Kind, kinds } from './kinds.ts';

const agentDies: FaultPlan = {
  next: ({ way }) => (way === 'launch' ? { kind: 'kill', when: 'after', withGroup: true } : undefined),
};

/** The agent on node1 died as it had begun `xl migrate`, which connects to node2 only half a second later. */
async function unconnected(): Promise<Cluster> {
  const cluster = new Cluster(kinds[0] as Kind, 'the VM runs');
  onTestFinished(() => cluster.remove());
  const { world } = cluster;
  const [source, target] = world.nodes;
  const release = world.now + 2000;
  world.isHeldBack = ({ program }) => program?.args[1] === 'migrate' && world.now < release;
  const { exit } = await cluster.send(source, 'migrate_to', { other: target, plan: agentDies });
  expect(exit).toBeUndefined();
  world.elapse(release - 500 - world.now);
  expect(world.links).toEqual([]);
  return cluster;
}

it('A stop on the target leaves nothing that an xl migrate could bring later, should its source be fenced late', async () => {
  const cluster = await unconnected();
  const [source, target] = cluster.world.nodes;
  expect((await cluster.send(target, 'stop')).exit).toBe(0);
  expect(cluster.world.links.length).toBe(1);
  // What goes on until the source, whose own stop failed, has been switched off.
  cluster.world.elapse(5000);
  cluster.fence(source);
  expect((await cluster.send(source, 'start')).exit).toBe(0);
  expect(cluster.violations).toEqual([]);
});

it('Probes after the death of the agent tell where the VM has come to', async () => {
  const cluster = await unconnected();
  const [source, target] = cluster.world.nodes;
  expect((await cluster.send(source, 'probe')).exit).toBe(7);
  expect((await cluster.send(target, 'probe')).exit).toBe(0);
  expect(cluster.violations).toEqual([]);
});
