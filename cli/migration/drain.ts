import type { Cib } from '../../lib/cluster/cib.ts';
import { readHistory } from '../../lib/cluster/history.ts';
import { type PlannedStep, planFor } from '../../lib/cluster/plan.ts';
import { readStatus, type Status } from '../../lib/cluster/status.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { quoteWord } from '../../lib/system/shell-words.ts';
import { asShellLine, type Change } from '../change.ts';
import type { Outcome, Tools } from '../command.ts';
import { countOf } from '../count-of.ts';
import { apply, applyAtLast } from './apply.ts';
import { judgeArrival } from './arrival.ts';
import { type Ending, type FollowedJourney, follow } from './follow.ts';
import { endingWords, lossOf, readCluster } from './migrate.ts';
import { listObstacles, managementObstacles, migratingNow, planObstacles } from './obstacles.ts';
import { type Journey, preflight } from './preflight.ts';
import { describeReport, type Report, reportOf } from './report.ts';
import { enterStandby, restoreStandby, standbyOf } from './standby.ts';
import { nodeNamed, statusOf, type Vm, vmsOf } from './vm.ts';

export interface DrainArguments {
  readonly node: string;
  readonly force: boolean;
  readonly 'dry-run': boolean;
  readonly wait: number;
  readonly timeout: number;
}

/** Puts a node into standby and waits until its VMs are away, if all of them can go live. */
export async function drain(args: DrainArguments, tools: Tools): Promise<Outcome> {
  const { runner, clock, terminal } = tools;
  const [cib, status] = await readCluster(tools, args.timeout);
  const { name, online } = nodeNamed(args.node, status);
  const node = cib.nodes.find((one) => one.name === name) ?? {
    ...{ id: '', name, type: 'member', attributes: {}, transient: {}, utilization: {} },
  };
  const { permanent, transient } = standbyOf(node);
  const wasStandby = permanent || transient;
  const standby = enterStandby(name);
  const changes = wasStandby ? [] : [standby];
  const vms = vmsOf(cib, status).filter(({ nodes }) => nodes.includes(name));
  const steps = wasStandby ? [] : await planOf(standby, tools, args.timeout);
  const journeys = vms.flatMap((vm) => journeyOf(vm, name, steps));
  const seen = await preflight(journeys, cib, tools, args.timeout);
  const others = wasStandby
    ? seen.obstacles
    : [
        ...(online ? [] : [{ vm: undefined, what: `${name} is not online`, remedy: 'there is nothing to drain' }]),
        ...vms.flatMap((vm) => whyNot(vm, name, steps, [cib, status])),
        ...seen.obstacles,
      ];
  // VMs that come to the node just now are hit by its standby as well as those that leave it.
  const migrating = wasStandby ? [] : migratingNow(vmsOf(cib, status), status);
  const obstacles = [...migrating, ...others];
  const plan = {
    ...{ node: name, wasStandby, obstacles, commands: changes.map(({ command }) => command) },
    journeys: journeys.map(({ vm, to }) => ({ vm: vm.id, to })),
  };
  const intentions = journeys.map(({ vm, to }) => `${vm.id} would go live to ${to}\n`).join('');
  if (args['dry-run']) {
    const found = obstacles.length === 0 ? '' : `It would be refused:\n${listObstacles(obstacles, tools)}`;
    return {
      exit: obstacles.length === 0 ? 0 : 1,
      text: `${changes.map((one) => `${asShellLine(one)}\n`).join('')}${intentions}${found}`,
      json: { ...plan, dryRun: true },
    };
  }
  if (migrating.length > 0 || (obstacles.length > 0 && !args.force && !wasStandby)) {
    const force = migrating.length > 0 ? '' : ' (--force goes on all the same)';
    return {
      exit: 1,
      text: `${name} is not drained, nothing was changed${force}:\n${listObstacles(obstacles, tools)}${intentions}`,
      json: { ...plan, result: 'refused', vms: [] },
    };
  }
  if (obstacles.length > 0) terminal.err(`Goes on in spite of this:\n${listObstacles(obstacles, tools)}`);

  const before = await readHistory(runner, fromNow(args.timeout * 1000, clock));
  const begun = clock.now();
  const followed = journeys.map((journey) => withFacts(journey, seen));
  for (const change of changes) await apply(change, tools);
  const { ending, lost } = await follow(followed, tools, args.wait);
  const isInterrupted = tools.interrupted.aborted;
  const notes = await takeBack(name, isInterrupted, wasStandby, restoreStandby(node), ending, tools);
  const seconds = (clock.now() - begun) / 1000;
  const now = await readStatus(runner, fromNow(args.timeout * 1000, clock));
  const after = await readHistory(runner, fromNow(args.timeout * 1000, clock));
  const reports = await Promise.all(
    vms.map(async (vm): Promise<Report> => {
      const to = journeys.find((journey) => journey.vm.id === vm.id)?.to ?? '';
      const arrival = judgeArrival(vm.id, name, statusOf(vm.id, now.resources), before, after);
      return await reportOf({ vm: vm.id, from: name, to }, arrival, tools, args.timeout);
    }),
  );
  const foreseen = (report: Report) => args.force && obstacles.some(({ vm }) => vm === report.vm);
  const isAway = ({ result, node: at }: Report) => at !== name && result !== 'unsettled';
  const isWell = (report: Report) =>
    isAway(report) && (report.result === 'live' || foreseen(report)) && report.failures.length === 0;
  const isFine = ending === 'idle' && !isInterrupted && reports.every(isWell);
  const away = reports.filter(isAway).length;
  const text = [
    ...(ending === 'idle' ? [] : [`${endingWords[ending]}\n`]),
    ...reports.map((report) => describeReport(report, tools)),
    ...lossOf(lost),
    ...(vms.length === 0
      ? [`${name} had no VMs\n`]
      : [`${away} of ${countOf(vms.length, 'VM')} ${vms.length === 1 ? 'is' : 'are'} away from ${name}, `]),
    ...(vms.length === 0 ? [] : [`it took ${seconds.toFixed(1)} s\n`]),
    ...notes.map((note) => `${note}\n`),
  ];
  return {
    exit: isFine ? 0 : 1,
    text: text.join(''),
    json: { ...plan, vms: reports, lost, away, seconds, ending, interrupted: isInterrupted, notes },
  };
}

async function planOf(standby: Change, { runner, clock }: Tools, seconds: number): Promise<readonly PlannedStep[]> {
  const [steps = []] = await planFor([standby.command], runner, fromNow(seconds * 1000, clock));
  return steps;
}

function journeyOf(vm: Vm, from: string, steps: readonly PlannedStep[]): Journey[] {
  const step = steps.find(({ resource, action }) => resource === vm.id && action === 'migrate');
  return step?.to === undefined ? [] : [{ vm, from, to: step.to }];
}

function whyNot(vm: Vm, from: string, steps: readonly PlannedStep[], [cib, status]: [Cib, Status]) {
  const unmanaged = managementObstacles(vm, status);
  return unmanaged.length > 0 ? unmanaged : planObstacles(vm, from, steps, cib, status);
}

const withFacts = (
  journey: Journey,
  { domains, memoryMiB }: { domains: ReadonlyMap<string, string>; memoryMiB: ReadonlyMap<string, number> },
): FollowedJourney => ({
  ...journey,
  domain: domains.get(journey.vm.id) ?? journey.vm.id,
  memoryMiB: memoryMiB.get(journey.vm.id),
});

/** After Ctrl-C the standby goes, if it came from here; otherwise it stays. */
async function takeBack(
  name: string,
  isInterrupted: boolean,
  wasStandby: boolean,
  restore: Change,
  ending: Ending,
  tools: Tools,
): Promise<readonly string[]> {
  if (wasStandby) return ['The node was in standby before, and stays so.'];
  const byHand = `to take it back: ${asShellLine(restore)}`;
  if (!isInterrupted) return [`${name} is in standby; to take it back: ocf-virt undrain ${quoteWord(name)}`];
  // Taken back while a VM migrates, it would make the cluster stop that VM and start it anew.
  if (ending === 'late' || ending === 'silent')
    return [`Interrupted, but VMs may still migrate, so that the node stays in standby; ${byHand}`];
  if (await applyAtLast(restore, tools)) return ['Interrupted: the standby is taken back, what is away stays away.'];
  return [`Interrupted, but the cluster does not answer, so that the node stays in standby; ${byHand}`];
}
