import { timeoutOf } from '../../lib/cluster/action-environment.ts';
import type { Cib, Constraint } from '../../lib/cluster/cib.ts';
import { readHistory } from '../../lib/cluster/history.ts';
import { planFor } from '../../lib/cluster/plan.ts';
import { readStatus, type Status } from '../../lib/cluster/status.ts';
import { failed } from '../../lib/ocf/error.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { asShellLine, type Change } from '../change.ts';
import { readClusterConfiguration } from '../cluster-nodes.ts';
import type { Outcome, Tools } from '../command.ts';
import { apply, applyAtLast } from './apply.ts';
import { judgeArrival } from './arrival.ts';
import { type Ending, type Followed, follow } from './follow.ts';
import {
  bansOf,
  clearCommand,
  describe,
  isSameConstraint,
  leftBehind,
  moveCommand,
  preferenceOf,
} from './move-constraint.ts';
import { listObstacles, managementObstacles, migratingNow, nodeObstacles, planObstacles } from './obstacles.ts';
import { type Obstacle, type Preflight, preflight } from './preflight.ts';
import { describeReport, reportOf } from './report.ts';
import { nodeNamed, statusOf, type Vm, vmNamed } from './vm.ts';

export interface MigrateArguments {
  readonly vm: string;
  readonly node: string;
  readonly force: boolean;
  readonly 'dry-run': boolean;
  readonly wait: number;
  readonly timeout: number;
}

/** Migrates one VM live, and leaves no constraint behind. */
export async function migrate(args: MigrateArguments, tools: Tools): Promise<Outcome> {
  const { runner, clock, terminal } = tools;
  const [cib, status] = await readCluster(tools, args.timeout);
  const vm = vmNamed(args.vm, cib, status);
  const target = nodeNamed(args.node, status);
  const [from] = vm.nodes;
  if (from === undefined || vm.nodes.length > 1) {
    const where = from === undefined ? 'nowhere' : `on ${vm.nodes.join(' and ')}`;
    throw failed(
      `${vm.id} cannot be migrated: the cluster has it running ${where}`,
      'see crm_mon -1 and ocf-virt where',
    );
  }
  if (from === target.name) {
    return { exit: 0, text: `${vm.id} runs on ${from} already\n`, json: { vm: vm.id, result: 'there', node: from } };
  }
  const move: Change = {
    why: `take ${vm.id} to ${target.name}`,
    command: moveCommand(vm.id, target.name, lifetimeOf(vm, cib, args.wait)),
  };
  const clear: Change = {
    why: `remove the constraint of the move of ${vm.id}`,
    command: clearCommand(vm.id, target.name),
  };
  const inTheWay = [...migratingNow([vm], status), ...leftBehind(vm.id, target.name, cib)];
  const ready = await look(vm, from, [cib, status], [move, clear], tools, args);
  const obstacles = [...inTheWay, ...ready.obstacles];
  const commands = [move, { why: 'wait', command: ['crm_resource', '--wait'] } satisfies Change, clear];
  const plan = { vm: vm.id, from, to: target.name, obstacles, commands: commands.map(({ command }) => command) };
  if (args['dry-run']) {
    const found = obstacles.length === 0 ? '' : `It would be refused:\n${listObstacles(obstacles, tools)}`;
    return {
      exit: obstacles.length === 0 ? 0 : 1,
      text: `${commands.map((one) => `${asShellLine(one)}\n`).join('')}${found}`,
      json: { ...plan, dryRun: true },
    };
  }
  if (inTheWay.length > 0 || (obstacles.length > 0 && !args.force)) {
    const force = inTheWay.length > 0 ? '' : ' (--force goes on all the same)';
    return {
      exit: 1,
      text: `${vm.id} stays on ${from}, nothing was changed${force}:\n${listObstacles(obstacles, tools)}`,
      json: { ...plan, result: 'refused' },
    };
  }
  if (obstacles.length > 0) terminal.err(`Goes on in spite of this:\n${listObstacles(obstacles, tools)}`);

  const before = await readHistory(runner, fromNow(args.timeout * 1000, clock));
  const begun = clock.now();
  const journey = { vm, from, to: target.name };
  const followed = { ...journey, domain: ready.domains.get(vm.id) ?? vm.id, memoryMiB: ready.memoryMiB.get(vm.id) };
  await apply(move, tools);
  let followedTo: Followed = { ending: 'silent', lost: [] };
  let left: string | undefined;
  try {
    const [changed] = await readCluster(tools, args.timeout);
    const own = preferenceOf(vm.id, changed);
    followedTo = await follow([followed], tools, args.wait);
    left = await takeBack(own, followedTo.ending, vm, clear, tools, args.timeout);
  } catch (error) {
    await applyAtLast(clear, tools);
    throw error;
  }
  const { ending, lost } = followedTo;
  const seconds = (clock.now() - begun) / 1000;
  if (ending === 'idle') await runner.perform('crm_resource', ['--wait', '--timeout=10s'], fromNow(15_000, clock));
  const now = await readStatus(runner, fromNow(args.timeout * 1000, clock));
  const after = await readHistory(runner, fromNow(args.timeout * 1000, clock));
  const arrival = judgeArrival(vm.id, from, statusOf(vm.id, now.resources), before, after);
  const report = await reportOf({ vm: vm.id, from, to: target.name }, arrival, tools, args.timeout);
  const kept = bansOf(vm.id, cib).map(
    (one) => `The constraint ${one.id} (${describe(one)}) was there before, and stays.\n`,
  );
  const isForeseen = report.result === 'live' || (report.result === 'restarted' && obstacles.length > 0);
  const isThere = report.node === target.name && isForeseen;
  const isFine = isThere && ending === 'idle' && left === undefined && report.failures.length === 0;
  const text = [
    ...(ending === 'idle' ? [] : [`${endingWords[ending]}\n`]),
    describeReport(report, tools),
    ...lossOf(lost),
    `took ${seconds.toFixed(1)} s\n`,
    ...kept,
    ...(left === undefined ? [] : [terminal.style('red', left), '\n']),
  ];
  return {
    exit: isFine ? 0 : 1,
    text: text.join(''),
    json: { ...plan, ...report, lost, seconds, ending, constraintLeft: left !== undefined },
  };
}

/** The configuration and the state of the cluster. */
export async function readCluster(tools: Tools, seconds: number): Promise<[Cib, Status]> {
  const { runner, clock } = tools;
  return await Promise.all([
    readClusterConfiguration(tools, seconds),
    readStatus(runner, fromNow(seconds * 1000, clock)),
  ]);
}

async function look(
  vm: Vm,
  from: string,
  [cib, status]: [Cib, Status],
  [move, clear]: readonly [Change, Change],
  tools: Tools,
  { node, timeout }: MigrateArguments,
): Promise<Preflight> {
  const known = [...nodeObstacles(nodeNamed(node, status)), ...managementObstacles(vm, status)];
  // What the target says, and what the scheduler thinks, is worth little while the cluster cannot use it anyway.
  if (known.length > 0) return { obstacles: known, memoryMiB: new Map(), domains: new Map() };
  const { runner, clock } = tools;
  const [seen, plans] = await Promise.all([
    preflight([{ vm, from, to: node }], cib, tools, timeout),
    planFor([move.command, clear.command], runner, fromNow(timeout * 1000, clock)),
  ]);
  const [there = [], afterwards = []] = plans;
  const stay = planObstacles(vm, from, there, cib, status);
  return {
    ...seen,
    obstacles: [...stay, ...(stay.length > 0 ? [] : returnObstacle(vm, afterwards)), ...seen.obstacles],
  };
}

/** A VM without stickiness goes back as soon as nothing holds it. */
function returnObstacle(
  { id }: Vm,
  afterwards: readonly { readonly resource: string; readonly to: string | undefined }[],
) {
  const back = afterwards.find(({ resource }) => resource === id);
  if (back === undefined) return [];
  const obstacle: Obstacle = {
    vm: id,
    what: `${id} would leave again for ${back.to ?? 'another node'} as soon as the constraint of the move is removed`,
    remedy:
      'give VMs a stickiness: crm configure rsc_defaults resource-stickiness=100, or change its location constraints',
  };
  return [obstacle];
}

/**
 * How long the constraint holds if nobody removes it, in seconds: longer than anything that the cluster may do for the
 * migration, because a constraint that ends during it makes the cluster restart the VM.
 */
function lifetimeOf({ resource }: Vm, cib: Cib, wait: number): number {
  const actions = ['migrate_to', 'migrate_from', 'stop', 'start'];
  const ms = actions.reduce((sum, action) => sum + timeoutOf(cib, resource, action), 0);
  return wait + ms / 1000 + 600;
}

/** Removes the constraint, if it is still the one of this move. Says what is left, and how to remove it. */
async function takeBack(
  own: Constraint | undefined,
  ending: Ending,
  vm: Vm,
  clear: Change,
  tools: Tools,
  seconds: number,
): Promise<string | undefined> {
  const id = `cli-prefer-${vm.id}`;
  const byHand = `once ${vm.id} does not migrate any more: ${asShellLine(clear)}`;
  if (ending === 'late') return `The constraint ${id} is left, because the migration is still under way; ${byHand}`;
  try {
    const now = preferenceOf(vm.id, await readClusterConfiguration(tools, seconds));
    if (now === undefined) return undefined;
    if (own !== undefined && !isSameConstraint(own, now))
      return `The constraint ${id} is that of another move by now (${describe(now)}), and is left alone`;
  } catch {
    // The removal below tries longer than that.
  }
  if (await applyAtLast(clear, tools)) return undefined;
  return `The constraint ${id} is left, because the cluster does not answer; ${byHand}`;
}

/** A node that was lost explains a restart for which no operation failed. */
export const lossOf = (lost: readonly string[]): readonly string[] =>
  lost.map((node) => `${node} left the cluster meanwhile\n`);

export const endingWords: Readonly<Record<Exclude<Ending, 'idle'>, string>> = {
  late: 'The time to wait is over, and the cluster goes on.',
  interrupted: 'Interrupted before anything moved.',
  silent: 'Pacemaker on this node has not answered for a minute.',
};
