import type { Context } from '../../lib/agent/define.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { lastWords } from '../../lib/system/runner.ts';

/** The VM whose services the scripts look at, for messages. */
interface Watched {
  readonly label: string;
}

/** An action of any agent with this parameter. */
interface WatchContext extends Pick<Context<Record<string, never>>, 'host' | 'deadline'> {
  readonly parameters: { readonly monitor_scripts: string | undefined };
}

/**
 * Runs the monitor scripts one after the other, each with an equal share of the time that is left.
 *
 * @throws OcfError exit 1, or 5 when a script is missing, for the first one that does not return 0.
 */
export async function runMonitorScripts(vm: Watched, context: WatchContext): Promise<void> {
  const problem = await firstProblem(vm, context, context.deadline);
  if (problem !== undefined) throw problem;
}

/** Waits until all monitor scripts return 0: the services of a guest need time after its start. */
export async function waitForMonitorScripts(vm: Watched, context: WatchContext): Promise<void> {
  const { deadline, host } = context;
  const problem = await waitUntil(
    () => firstProblem(vm, context, deadline),
    (seen) => seen === undefined || seen.exit === exit.notInstalled,
    deadline,
    host.clock,
  );
  if (problem !== undefined) throw problem;
}

async function firstProblem(vm: Watched, context: WatchContext, deadline: Deadline): Promise<OcfError | undefined> {
  const scripts = context.parameters.monitor_scripts?.split(/\s+/).filter((script) => script !== '') ?? [];
  for (const [done, script] of scripts.entries()) {
    const share = deadline.within(deadline.remaining() / (scripts.length - done));
    const result = await context.host.runner.perform(script, [], share);
    if (result.outcome === 'exited' && result.code === 0) continue;
    if (result.outcome === 'missing' || result.outcome === 'denied') {
      return new OcfError(
        exit.notInstalled,
        `${vm.label}: monitor script ${script}: ${lastWords(result)}`,
        'install it on this node and make it executable, or take it out of monitor_scripts',
      );
    }
    return failed(
      `${vm.label}: monitor script ${script} failed: ${lastWords(result)}`,
      'look at the service that it watches in the guest',
    );
  }
  return undefined;
}
