import type { Deadline } from '../../lib/ocf/deadline.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { lastWords } from '../../lib/system/runner.ts';
import type { Domain, XenContext } from './domain.ts';

/**
 * Runs the monitor scripts one after the other, each with an equal share of the time that is left.
 *
 * @throws OcfError exit 1, or 5 when a script is missing, for the first one that does not return 0.
 */
export async function runMonitorScripts(domain: Domain, context: XenContext): Promise<void> {
  const problem = await firstProblem(domain, context, context.deadline);
  if (problem !== undefined) throw problem;
}

/** Waits until all monitor scripts return 0: the services of a guest need time after its start. */
export async function waitForMonitorScripts(domain: Domain, context: XenContext): Promise<void> {
  const { deadline, host } = context;
  const problem = await waitUntil(
    () => firstProblem(domain, context, deadline),
    (seen) => seen === undefined || seen.exit === exit.notInstalled,
    deadline,
    host.clock,
  );
  if (problem !== undefined) throw problem;
}

async function firstProblem(domain: Domain, context: XenContext, deadline: Deadline): Promise<OcfError | undefined> {
  const scripts = context.parameters.monitor_scripts?.split(/\s+/).filter((script) => script !== '') ?? [];
  for (const [done, script] of scripts.entries()) {
    const share = deadline.within(deadline.remaining() / (scripts.length - done));
    const result = await context.host.runner.perform(script, [], share);
    if (result.outcome === 'exited' && result.code === 0) continue;
    if (result.outcome === 'missing' || result.outcome === 'denied') {
      return new OcfError(
        exit.notInstalled,
        `${domain.label}: monitor script ${script}: ${lastWords(result)}`,
        'install it on this node and make it executable, or take it out of monitor_scripts',
      );
    }
    return failed(
      `${domain.label}: monitor script ${script} failed: ${lastWords(result)}`,
      'look at the service that it watches in the guest',
    );
  }
  return undefined;
}
