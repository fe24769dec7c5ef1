import { type Invariant, invariants } from './audit.ts';
import { keepEvidence } from './evidence.ts';
import { beginSession, type Result, type Session } from './session.ts';
import { drawSteps, formatStep, type Step } from './steps.ts';
import { type SetUp, sceneOf, startWorld, type World } from './world.ts';

export interface ChaosOptions {
  /** Of the cluster and of what is kept of it: runs of different names may go on at the same time. */
  readonly name: string;
  /** Of the cluster, whose nodes are named in its steps. */
  readonly nodes: number;
  readonly setUp: SetUp;
  /** What is done: steps of a replay, or without end. */
  readonly steps: Iterable<Step>;
  /** No step begins after so many milliseconds. */
  readonly limitMs: number;
  /** Whether to go on after a violation. */
  readonly goesOn: boolean;
  readonly say: (line: string) => void;
}

/** What a run has come to. */
export interface ChaosOutcome {
  readonly taken: readonly Step[];
  /** What the steps took together, without the start of the cluster. */
  readonly minutes: number;
  /** Steps with a violation, by invariant. */
  readonly counts: Readonly<Record<Invariant, number>>;
  readonly fencings: number;
  /** How often each thing happened to a VM, by the hypervisors. */
  readonly events: Readonly<Record<string, number>>;
  /** How often it was looked whether a VM runs twice. */
  readonly looks: number;
  /** How many reasons the agents gave. */
  readonly reasons: number;
  readonly failed: boolean;
}

/** Starts a cluster, takes steps until the first violation or the end of the time, and takes it down. */
export async function runChaos(options: ChaosOptions): Promise<ChaosOutcome> {
  const { name, nodes, setUp, say } = options;
  let world = await startWorld(name, nodes, setUp);
  let fencings = 0;
  let looks = 0;
  let reasons = 0;
  const events: Record<string, number> = {};
  const now = (line: string) => say(`     ${line}`);
  const taken: Step[] = [];
  let tookMs = 0;
  const counts = { a: 0, b: 0, c: 0, d: 0, e: 0 };
  const sumUp = (session: Session) => {
    session.end();
    looks += session.watcher.looks();
    reasons += session.reasons();
    fencings += world.cluster.fencedLog().length;
    for (const { event } of world.cluster.truth()) events[event] = (events[event] ?? 0) + 1;
  };
  try {
    for (const line of await warnings(world)) say(`ocf-virt check warns: ${line}`);
    let session = await beginSession(world, now);
    const began = Date.now();
    for (const step of options.steps) {
      if (Date.now() - began > options.limitMs) break;
      taken.push(step);
      say(`${String(taken.length).padStart(3)}  ${formatStep(step)}`);
      const result = await session.take(step).catch((error: unknown) => {
        now(`logs: ${keepEvidence(world, name)}`);
        throw error;
      });
      tookMs += result.seconds * 1000;
      for (const line of describe(result)) say(`     ${line}`);
      for (const invariant of new Set(result.violations.map((one) => one.invariant))) counts[invariant] += 1;
      if (result.violations.length === 0) continue;
      now(`logs: ${keepEvidence(world, name)}`);
      if (!options.goesOn) break;
      // What is broken now would be counted again: the next step begins on a cluster that is well.
      if (!result.violations.some(({ mayPass }) => mayPass)) continue;
      sumUp(session);
      await world.cluster.down();
      world = await startWorld(name, nodes, setUp);
      session = await beginSession(world, now);
    }
    sumUp(session);
  } finally {
    await world.cluster.down();
  }
  const failed = Object.values(counts).some((count) => count > 0);
  return { taken, minutes: tookMs / 60_000, counts, fencings, events, looks, reasons, failed };
}

/** What `ocf-virt check` says of fencing and quorum. */
async function warnings(world: World): Promise<string[]> {
  const { stdout } = await world.onNode(world.operator().name, 'ocf-virt check --json --only fencing quorum', 60);
  const { findings } = JSON.parse(stdout) as { findings: readonly { evidence: readonly string[]; what: string }[] };
  return findings.map(({ what, evidence }) => `${what} (${evidence.join(', ')})`);
}

function describe({ violations, notes, seconds }: Result): string[] {
  const verdict = violations.length === 0 ? 'ok' : 'VIOLATED';
  return [
    `${verdict}, ${Math.round(seconds)} s${notes.length > 0 ? `: ${notes.join('; ')}` : ''}`,
    ...violations.map(({ invariant, text }) => `(${invariant}) ${invariants[invariant]}: ${text}`),
  ];
}

/** The steps of a seed. */
export const stepsOf = (seed: number, nodes: number): Iterable<Step> => drawSteps(seed, sceneOf(nodes));

/**
 * Looks for fewer steps that fail as well: the last one alone, then the last two, four, and so on, each on a cluster of
 * its own.
 *
 * @returns the shortest that failed; all, if none did.
 */
export async function shrink(options: Omit<ChaosOptions, 'steps'>, failed: readonly Step[]): Promise<readonly Step[]> {
  for (let count = 1; count < failed.length; count *= 2) {
    const steps = failed.slice(-count);
    options.say(`\nThe last ${count === 1 ? 'step' : `${count} steps`} alone:`);
    if ((await runChaos({ ...options, steps })).failed) return steps;
  }
  return failed;
}
