import type { Deadline } from '../../ocf/deadline.ts';
import type { Runner } from '../../system/runner.ts';
import type { DomainProcesses } from './domain-processes.ts';

/**
 * Looks for a sign of life of a domain without xl; undefined when there is none, which proves nothing.
 *
 * Asked only when xl does not answer: a domain whose own processes live, or that xenstore knows by its name, is not
 * gone because its toolstack is.
 */
export function signOfLife(
  domain: { readonly runner: Runner; readonly name: string; readonly lastId: number | undefined },
  processes: DomainProcesses,
  deadline: Deadline,
): string | undefined {
  const model = processes.models[0];
  if (model !== undefined) return `its device model, process ${model.pid}, runs`;
  const keeper = processes.keepers[0];
  if (keeper !== undefined) return `its xl process ${keeper.pid} lives`;
  if (domain.lastId === undefined) return undefined;
  const path = `/local/domain/${domain.lastId}/name`;
  const answer = domain.runner.query('xenstore-read', [path], deadline.within(2000));
  const found = answer.outcome === 'exited' && answer.code === 0 && answer.stdout.trim() === domain.name;
  return found ? `xenstore has it as domain ${domain.lastId}` : undefined;
}
