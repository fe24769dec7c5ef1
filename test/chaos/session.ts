import { setTimeout as sleep } from 'node:timers/promises';
import { judge, overlapId, type Violation } from './audit.ts';
import { heal, powerCycle } from './heal.ts';
import { operations } from './operations/index.ts';
import { look, type Sight } from './sight.ts';
import type { Step } from './steps.ts';
import { bestView } from './views.ts';
import { type Watcher, watchTruth } from './watch.ts';
import type { World } from './world.ts';

/** What a step has come to. */
export interface Result {
  readonly violations: readonly Violation[];
  /** What had to be done, or happened, that is no violation. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/** Steps on one cluster, one after the other, each with an audit. */
export interface Session {
  readonly watcher: Watcher;
  /** How many reasons of agents were held against what a reason must say. */
  readonly reasons: () => number;
  take(step: Step): Promise<Result>;
  /** The audit alone. */
  audit(): Promise<Result>;
  end(): void;
}

/** How long a VM may be down, or anything unsettled, after the last fault has ended: detection and recovery, with plenty. */
const patienceMs = 150_000;
/** Where a step is expected to leave something that nobody will settle. */
const shortPatienceMs = 45_000;
/** How long a cluster has to stand still before it needs help. */
const stillMs = 15_000;

/**
 * Begins with a cluster that is well.
 *
 * @param say what cannot wait until the step is over.
 */
export async function beginSession(world: World, say: (line: string) => void = () => {}): Promise<Session> {
  const { files } = await look(world);
  const known = { files, reported: new Set<string>() };
  const patience = world.setUp === 'fencing' ? patienceMs : shortPatienceMs;
  let reasons = 0;
  let fenced = world.cluster.fencedLog().length;
  const watcher = watchTruth(world, say);

  const audit = async (): Promise<Result> => {
    const began = Date.now();
    const notes: string[] = [];
    let violations: Violation[];
    let sight: Sight;
    let helped = began;
    let stillSince: number | undefined;
    const timeouts = new Set<string>();
    const unexplained: Violation[] = [];
    for (;;) {
      sight = await look(world);
      violations = judge(sight, world.scene.nodes, known);
      for (const { operation, node, status } of sight.cluster?.failures ?? [])
        if (status === 'Timed Out') timeouts.add(`${operation} on ${node} timed out`);
      if (violations.every(({ mayPass }) => !mayPass)) break;
      if (Date.now() - Math.max(began, helped) > patience) break;
      // A cluster that has given up, and says why, waits for its operator.
      const still = sight.cluster?.idle === true;
      stillSince = still ? (stillSince ?? Date.now()) : undefined;
      if (still && helped === began && Date.now() - (stillSince ?? 0) > stillMs) {
        helped = Date.now();
        const help = await helpCluster(world, sight);
        const still = violations.filter(({ mayPass }) => mayPass).map(({ text }) => text);
        notes.push(...(help.notes.length > 0 ? help.notes : [`cleanup by hand, because: ${still.join(', ')}`]));
        unexplained.push(...help.violations);
      }
      await sleep(1000);
    }
    for (const one of sight.overlaps) known.reported.add(overlapId(one));
    reasons += sight.reasons.filter((reason) => !known.reported.has(reason)).length;
    for (const reason of sight.reasons) known.reported.add(reason);
    const switched = world.cluster.fencedLog().slice(fenced);
    fenced += switched.length;
    notes.unshift(...new Set(switched.filter(({ action }) => action !== 'on').map(({ node }) => `${node} fenced`)));
    notes.push(...timeouts);
    if ((sight.cluster?.failures.length ?? 0) > 0) await forgetFailures(world);
    return { violations: [...violations, ...unexplained], notes, seconds: (Date.now() - began) / 1000 };
  };

  return {
    watcher,
    reasons: () => reasons,
    audit,
    take: async (step) => {
      const began = Date.now();
      const troubles: string[] = [];
      await Promise.all(
        step.map(async ({ after, words: [name = '', ...words] }) => {
          await sleep(after * 1000);
          await operations[name]?.run(world, words).catch((error: unknown) => {
            troubles.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
          });
        }),
      );
      await heal(world);
      const { violations, notes } = await audit();
      return { violations, notes: [...notes, ...troubles], seconds: (Date.now() - began) / 1000 };
    },
    end: watcher.stop,
  };
}

/** Does what an operator does who reads crm_mon: switches nodes on that hang, and forgets failures whose cause is gone. */
async function helpCluster(world: World, { cluster, vms }: Sight): Promise<Pick<Result, 'violations' | 'notes'>> {
  const offline = world.scene.nodes.filter((node) => cluster?.online.includes(node) !== true);
  if (offline.length > 0) {
    await powerCycle(world, offline);
    return { violations: [], notes: [`power cycled by hand: ${offline.join(' ')}`] };
  }
  const failures = cluster?.failures ?? [];
  // What the cluster believes to run is not given up: its death has not been detected yet.
  const down = vms.filter(({ copies, believed }) => copies.length === 0 && believed?.role !== 'Started');
  await forgetFailures(world);
  return {
    notes: down.map(({ name }) => {
      const why = failures
        .filter(({ operation }) => operation.startsWith(`${name}_`))
        .map(({ operation, node, code, reason, status }) =>
          [operation, 'on', node, status === 'complete' ? code : status, reason].join(' '),
        );
      return `cleanup needed: ${name} (${why.join('; ')})`;
    }),
    violations: down
      .filter(({ name }) => !failures.some(({ operation }) => operation.startsWith(`${name}_`)))
      .map(({ name }) => ({ invariant: 'd', text: `${name} stays down, and no failure is shown`, mayPass: false })),
  };
}

async function forgetFailures(world: World): Promise<void> {
  const view = await bestView(world);
  await world.onNode(
    view?.node ?? world.operator().name,
    'crm_resource --cleanup; crm_resource --wait --timeout=30s',
    60,
  );
}
