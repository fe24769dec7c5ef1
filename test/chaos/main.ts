import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildAgents, isStale } from '../cluster/build-agents.ts';
import { invariants } from './audit.ts';
import { type ChaosOptions, runChaos, shrink, stepsOf } from './run.ts';
import { formatStep, parseSteps, type Step } from './steps.ts';
import { type SetUp, setUps } from './world.ts';

const usage = `usage: npm run chaos -- [--seed N] [--minutes M] [--nodes N] [--set-up NAME] [--shrink]
                       [--steps 'STEP' | --replay FILE] [--dry-run]

Disturbs a real cluster with Xen and VMware VMs by chance, and holds what comes of it against what must be, after every
step. The same seed does the same things. Runs of different seeds, or numbers of nodes, may go on at the same time.

  --seed N       where chance begins (1)
  --minutes M    how long (10)
  --nodes N      how many nodes, 3 to 5 (3)
  --set-up NAME  ${Object.keys(setUps).join(', ')}:
                 all but the first count what goes wrong, and go on
  --steps TEXT   does exactly this: 'move vm01 node2; after 1.5 crash node1'
  --replay FILE  the same from a file with a step a line, as a run that fails writes it
  --shrink       looks for fewer steps that fail as well
  --dry-run      prints the first 20 steps, and does nothing`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    nodes: { type: 'string', default: '3' },
    'set-up': { type: 'string', default: 'fencing' },
    steps: { type: 'string' },
    replay: { type: 'string' },
    shrink: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [seed, minutes, nodes] = [Number(values.seed), Number(values.minutes), Number(values.nodes)];
const setUp = Object.keys(setUps).find((name): name is SetUp => name === values['set-up']);
const isUsage = Number.isInteger(seed) && minutes > 0 && nodes >= 3 && nodes <= 5 && setUp !== undefined;

if (values.help) console.log(usage);
else if (!isUsage) {
  console.error(usage);
  process.exitCode = 2;
} else if (values['dry-run']) {
  for (const step of first(20, givenSteps())) console.log(formatStep(step));
} else process.exitCode = (await chaos(setUp)) ? 0 : 1;

/** Whether all went well. */
async function chaos(setUp: SetUp): Promise<boolean> {
  const name = `chaos-${nodes}-${seed}`;
  const options: Omit<ChaosOptions, 'steps'> = {
    name,
    nodes,
    setUp,
    limitMs: minutes * 60_000,
    goesOn: setUp !== 'fencing',
    say: (line) => console.log(line),
  };
  if (isStale()) await buildAgents();
  console.log(`seed ${seed}, ${nodes} nodes, ${setUp}`);
  const outcome = await runChaos({ ...options, steps: givenSteps() });
  const { taken, counts, fencings, events, looks, reasons, failed } = outcome;
  console.log(
    `\n${taken.length} steps in ${outcome.minutes.toFixed(1)} min, ${fencings} fencings, ${reasons} reasons given, ${looks} looks at the truth`,
  );
  console.log(
    `  ${Object.entries(events)
      .map(([event, count]) => `${event} ${count}`)
      .join(', ')}`,
  );
  for (const [invariant, count] of Object.entries(counts)) {
    console.log(`  ${invariant}  ${invariants[invariant as keyof typeof invariants]}: ${count} steps violated it`);
  }
  if (!failed || options.goesOn) return true;
  const least = values.shrink ? await shrink(options, taken) : taken;
  mkdirSync('.cache/chaos', { recursive: true });
  const file = `.cache/chaos/seed-${seed}-nodes-${nodes}.steps`;
  writeFileSync(file, `# ${nodes} nodes\n${least.map((step) => `${formatStep(step)}\n`).join('')}`);
  const again = `npm run chaos -- --nodes ${nodes}`;
  console.log(`\nSeed ${seed} failed. Again:\n  ${again} --replay ${file}\nits last step alone:`);
  console.log(`  ${again} --steps '${least.slice(-1).map(formatStep).join('')}'`);
  if (!values.shrink) console.log('fewer steps that fail as well are looked for by --shrink');
  return false;
}

function givenSteps(): Iterable<Step> {
  if (values.steps !== undefined) return parseSteps(values.steps);
  if (values.replay !== undefined) return parseSteps(readFileSync(values.replay, 'utf8'));
  return stepsOf(seed, nodes);
}

function* first<Item>(count: number, items: Iterable<Item>): Iterable<Item> {
  let left = count;
  for (const item of items) {
    if (left-- === 0) return;
    yield item;
  }
}
