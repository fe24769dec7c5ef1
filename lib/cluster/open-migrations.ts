import type { OperationRecord } from './history.ts';

/** A migration after which the history tells nothing of the resource on the target. */
export interface OpenMigration {
  readonly source: string;
  readonly target: string;
}

/**
 * The migrations of a resource whose target has told nothing since: a copy may be there that the cluster has forgotten.
 *
 * Pacemaker 2.1.5 forgets it when a VM that has migrated from A to B before migrates there again, and is told meanwhile to
 * go to C: it takes the earlier arrival and stop on B for those of this migration, stops A and starts C (seen).
 */
export function openMigrations(history: readonly OperationRecord[]): readonly OpenMigration[] {
  return history.flatMap((migration) => {
    const { operation, node, target } = migration;
    if (operation !== 'migrate_to' || target === undefined || target === '') return [];
    const isSettled = history.some((one) => one.node === target && !one.pending && isAfter(one, migration));
    return isSettled ? [] : [{ source: node, target }];
  });
}

/** Clocks of nodes may differ by this much, in seconds. */
const clockTolerance = 600;

function isAfter(one: OperationRecord, migration: OperationRecord): boolean {
  const [here, there] = [transitionOf(one), transitionOf(migration)];
  // Transitions are counted for as long as the same node is the DC.
  if (here.controller !== there.controller) return one.changed > migration.changed + clockTolerance;
  return here.number > there.number || (here.number === there.number && one.operation === 'migrate_from');
}

/** The parts of a transition key, as `8:26:0:a6ce2f9c-afd9-403c-83a4-2ccc935b1433`. */
function transitionOf({ transition }: OperationRecord): { readonly number: number; readonly controller: string } {
  const [, number, , controller = ''] = transition.split(':');
  return { number: Number(number), controller };
}
