import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import type { Runner, RunResult } from '../system/runner.ts';
import { complaintIn } from './complaint.ts';
import { withShadow } from './shadow.ts';
import { attributesOf, childrenOf, parseXml } from './xml.ts';

/** What the cluster would do with one resource. */
export interface PlannedStep {
  /** As crm_simulate has it: `migrate` is live, `move` is a stop here and a start there; `start`, `stop`, `recover`, … */
  readonly action: string;
  readonly resource: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly reason: string | undefined;
}

/**
 * What Pacemaker's own scheduler would do if cluster commands were given, one list of steps for each command; a command
 * comes when the steps of the one before are done. Nothing is changed: the commands work on a copy of the configuration.
 *
 * @param commands of Pacemaker's own tools, which heed CIB_file.
 * @throws OcfError exit 1 when Pacemaker or one of the commands refuses.
 */
export function planFor(
  commands: readonly (readonly string[])[],
  runner: Runner,
  deadline: Deadline,
): Promise<readonly (readonly PlannedStep[])[]> {
  return withShadow('live', runner, deadline, async ({ file, run }) => {
    const plans: (readonly PlannedStep[])[] = [];
    for (const [program = '', ...args] of commands) {
      mustHaveWorked(program, await run(program, args));
      const simulate = ['--simulate', '--xml-file', file, '--save-output', file, '--output-as=xml'];
      const answer = await runner.perform('crm_simulate', simulate, deadline.within(60_000));
      plans.push(await parsePlan(mustHaveWorked('crm_simulate', answer)));
    }
    return plans;
  });
}

function mustHaveWorked(program: string, answer: RunResult): string {
  if (answer.outcome === 'exited' && answer.code === 0) return answer.stdout;
  throw failed(
    `the cluster's scheduler could not be asked (${program}: ${complaintIn(answer)})`,
    'see crm_verify --live-check --verbose',
  );
}

/** Parses what `crm_simulate --simulate --output-as=xml` prints; steps that leave a resource as it is are left out. */
export async function parsePlan(xml: string): Promise<readonly PlannedStep[]> {
  const { actions } = await parseXml(xml);
  return childrenOf(actions, 'rsc_action')
    .map(attributesOf)
    .map(({ action = '', resource = '', source, dest, node, reason }) => ({
      action,
      resource,
      from: source ?? (action === 'start' ? undefined : node),
      to: dest ?? (action === 'start' ? node : undefined),
      reason,
    }));
}
