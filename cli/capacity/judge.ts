import type { Simulation } from '../../lib/cluster/simulation.ts';

/** A VM that would not run, and why. */
export interface Homeless {
  readonly vm: string;
  readonly needs: Readonly<Record<string, number>>;
  /** One for each node that would be online. */
  readonly reasons: readonly string[];
}

/** What becomes of the VMs in one case. */
export interface Outlook {
  readonly runs: number;
  readonly homeless: readonly Homeless[];
}

/** Reads off a simulation which VMs would not run. */
export function judge(
  simulation: Simulation,
  vms: readonly { readonly id: string; readonly needs: Readonly<Record<string, number>> }[],
): Outlook {
  const homeless = vms
    .filter(({ id }) => (simulation.places.get(id) ?? []).length === 0)
    .map(({ id, needs }) => ({
      vm: id,
      needs,
      reasons: simulation.online.map((node) => reason(simulation, id, needs, node)),
    }));
  return { runs: vms.length - homeless.length, homeless };
}

function reason({ remaining, scores }: Simulation, vm: string, needs: Homeless['needs'], node: string): string {
  const left = remaining.get(node) ?? {};
  const lacking = Object.entries(needs).filter(([name, need]) => (left[name] ?? 0) < need);
  if (lacking.length > 0) {
    return lacking.map(([name, need]) => `${node} has ${left[name] ?? 0} of ${need} ${name} left`).join(', ');
  }
  const score = scores.get(vm)?.get(node);
  return score?.startsWith('-') === true
    ? `${node} may not run it (score ${score})`
    : `${node} could hold it, but the scheduler does not start it: see crm_simulate, failed or blocked resources`;
}
