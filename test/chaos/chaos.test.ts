import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitUntil } from '../cluster/wait-until.ts';
import { beginSession, type Session } from './session.ts';
import { drawSteps, formatStep, parseSteps } from './steps.ts';
import { startWorld, type World } from './world.ts';

/** Chance meets what nobody has met yet: it has its way here with OCF_VIRT_LONG=1, and in `npm run chaos`. */
const isLong = process.env['OCF_VIRT_LONG'] === '1';
const seconds = 40;
const seed = Number(process.env['OCF_VIRT_SEED'] ?? 20);

let world: World;
let session: Session;
beforeAll(async () => {
  world = await startWorld('chaos-test', 3, 'fencing');
  session = await beginSession(world);
});
afterAll(async () => {
  session?.end();
  await world?.cluster.down();
});

it.runIf(isLong)(`${seconds} s of random faults break no promise`, { timeout: 600_000 }, async () => {
  const steps = drawSteps(seed, world.scene);
  for (const end = Date.now() + seconds * 1000; Date.now() < end; ) {
    const step = steps.next().value;
    const { violations } = await session.take(step);
    expect(violations, `seed ${seed}, ${formatStep(step)}`).toEqual([]);
  }
});

const found = parseSteps(readFileSync(join(import.meta.dirname, 'found.steps'), 'utf8'));
it.each(found.map((step) => [formatStep(step), step] as const))('%s: no promise is broken', async (_, step) => {
  const { violations } = await session.take(step);
  expect(violations).toEqual([]);
});

it('a copy that is started beside the cluster, and a changed file, are found', { timeout: 300_000 }, async () => {
  const { cluster } = world;
  const host = await cluster.waitRunning('vm01');
  const other = cluster.nodes.find(({ name }) => name !== host);
  const config = join(cluster.sharedFolder, 'configs/vm03.cfg');
  const before = readFileSync(config);
  const looks = session.watcher.looks();
  await other?.run(['xl', 'create', '/etc/xen/cluster/vm01.cfg']);
  appendFileSync(config, '# changed\n');
  await waitUntil('the watcher looks', 20, () => session.watcher.looks() > looks + 2);
  await other?.run(['xl', 'destroy', 'vm01']);
  expect(session.watcher.found()).toEqual([expect.objectContaining({ name: 'vm01' })]);
  const { violations } = await session.audit();
  writeFileSync(config, before);
  expect(violations.map(({ invariant }) => invariant).sort()).toEqual(['a', 'c']);
  expect((await session.audit()).violations).toEqual([]);
});
