import type { Cib } from '../../lib/cluster/cib.ts';
import { type OperationRecord, readHistory } from '../../lib/cluster/history.ts';
import { readStatus, type Status } from '../../lib/cluster/status.ts';
import { badArguments, failed } from '../../lib/ocf/error.ts';
import { fromNow, waitUntil } from '../../lib/system/clock.ts';
import { asShellLine, type Change } from '../change.ts';
import type { Outcome, Tools } from '../command.ts';
import { apply } from '../migration/apply.ts';
import { readCluster } from '../migration/migrate.ts';
import { fromLibvirt, isOfLibvirt } from './from-libvirt.ts';
import { type Adoption, adoptions, difference, exchange, hold, lookAgain, release } from './plan.ts';

export interface AdoptArguments {
  readonly resource: readonly string[];
  readonly undo: boolean;
  readonly 'dry-run': boolean;
  readonly wait: number;
  readonly timeout: number;
}

/** Gives resources another agent while their VMs run. */
export async function adopt(args: AdoptArguments, tools: Tools): Promise<Outcome> {
  const [cib, status]: [Cib, Status] = await readCluster(tools, args.timeout);
  const libvirts = cib.resources.filter((one) => args.resource.includes(one.id) && isOfLibvirt(one));
  if (libvirts.length > 0 && !args.undo) {
    const others = args.resource.filter((id) => libvirts.every((one) => one.id !== id));
    if (others.length === 0) return await fromLibvirt(libvirts, args['dry-run']);
    throw badArguments(
      `${libvirts.map(({ id }) => id).join(', ')}: of ocf:heartbeat:VirtualDomain, and ${others.join(', ')} not`,
      'adopt them apart',
    );
  }
  const plan = adoptions(args.resource, args.undo, cib, status);
  const first = [hold, exchange, lookAgain].flatMap((step) => plan.map(step));
  const last = plan.map(release);
  const json = { resources: plan, commands: [...first, ...last].map(({ command }) => command) };
  if (args['dry-run']) {
    const lines = [
      ...first.map(asShellLine),
      `# go on only when crm_mon -1 shows ${plan.map(({ id }) => id).join(', ')} where they were`,
      ...last.map(asShellLine),
    ];
    return { exit: 0, text: `${lines.join('\n')}\n`, json: { ...json, dryRun: true } };
  }
  const before = await readHistory(tools.runner, fromNow(args.timeout * 1000, tools.clock));
  await make(first, plan, tools);
  const differences = await lookFor(plan, before, args, tools);
  if (differences.length > 0) {
    const text = `${differences.map((one) => `${one}\n`).join('')}${advice(plan, args.undo)}`;
    return { exit: 1, text, json: { ...json, result: 'in maintenance', differences } };
  }
  await make(last, plan, tools);
  const text = plan.map(({ id, from, to }) => `${id} was of ${from}, is of ${to}, and did not stop.\n`).join('');
  return { exit: 0, text, json: { ...json, result: args.undo ? 'undone' : 'adopted' } };
}

/** Makes changes of which none stops a VM: what was done stays, in maintenance. */
async function make(changes: readonly Change[], plan: readonly Adoption[], tools: Tools): Promise<void> {
  for (const change of changes) {
    try {
      tools.terminal.progress([change.why]);
      await apply(change, tools);
    } catch (error) {
      const ids = plan.map(({ id }) => id).join(', ');
      const message = error instanceof Error ? error.message : String(error);
      throw failed(
        message,
        `${ids} may be in maintenance now, running: mend the cause, then make the rest of ocf-virt adopt ${ids} --dry-run`,
      );
    }
  }
}

/** What differs when every node has told, or the time is over. */
async function lookFor(
  plan: readonly Adoption[],
  before: readonly OperationRecord[],
  { wait }: AdoptArguments,
  { runner, clock }: Tools,
): Promise<readonly string[]> {
  const former = new Set(before.map(({ transition }) => transition));
  const deadline = fromNow(wait * 1000, clock);
  return await waitUntil(
    async () => {
      try {
        const [status, history] = await Promise.all([
          readStatus(runner, fromNow(20_000, clock)),
          readHistory(runner, fromNow(20_000, clock)),
        ]);
        const since = history.filter(({ transition, pending }) => !pending && !former.has(transition));
        return plan.flatMap((one) => difference(one, status, since) ?? []);
      } catch (error) {
        return [error instanceof Error ? error.message : String(error)];
      }
    },
    (differences) => differences.length === 0,
    deadline,
    clock,
  );
}

function advice(plan: readonly Adoption[], undo: boolean): string {
  const ids = plan.map(({ id }) => id).join(' ');
  const ends = plan.map((one) => `  ${asShellLine(release(one))}\n`).join('');
  const back = [exchange, lookAgain]
    .flatMap((step) => plan.map(({ id, from }) => step({ id, from, to: from, role: '', nodes: [] })))
    .map((change) => `  ${asShellLine(change)}\n`)
    .join('');
  return `${ids}: in maintenance; the cluster leaves the VMs as they are. See ocf-virt where. When all is as it should be:
${ends}or, to ${undo ? 'stay with' : 'go back to'} the former agents, first:
${back}`;
}
