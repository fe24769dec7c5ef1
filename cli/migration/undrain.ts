import { readHistory } from '../../lib/cluster/history.ts';
import { planFor } from '../../lib/cluster/plan.ts';
import { readStatus } from '../../lib/cluster/status.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { asShellLine } from '../change.ts';
import type { Outcome, Tools } from '../command.ts';
import { apply } from './apply.ts';
import { judgeArrival } from './arrival.ts';
import { follow } from './follow.ts';
import { endingWords, lossOf, readCluster } from './migrate.ts';
import { listObstacles, migratingNow } from './obstacles.ts';
import { preflight } from './preflight.ts';
import { describeReport, reportOf } from './report.ts';
import { leaveStandby } from './standby.ts';
import { nodeNamed, statusOf, vmsOf } from './vm.ts';

export interface UndrainArguments {
  readonly node: string;
  readonly 'dry-run': boolean;
  readonly wait: number;
  readonly timeout: number;
}

/** Takes a node out of standby, and waits for the VMs that the cluster takes or starts there. */
export async function undrain(args: UndrainArguments, tools: Tools): Promise<Outcome> {
  const { runner, clock } = tools;
  const [cib, status] = await readCluster(tools, args.timeout);
  const { name } = nodeNamed(args.node, status);
  const node = cib.nodes.find((one) => one.name === name);
  const changes = node === undefined ? [] : leaveStandby(node);
  const commands = changes.map(({ command }) => command);
  if (changes.length === 0) {
    return { exit: 0, text: `${name} is not in standby\n`, json: { node: name, commands, vms: [] } };
  }
  const plans = await planFor(commands, runner, fromNow(args.timeout * 1000, clock));
  const vms = vmsOf(cib, status);
  // A VM that leaves the node just now would belong there again half-way.
  const migrating = migratingNow(vms, status);
  const journeys = plans.flat().flatMap(({ action, resource, from, to }) => {
    const vm = vms.find(({ id }) => id === resource);
    return vm === undefined || to === undefined || !/^(migrate|move|start)$/.test(action)
      ? []
      : [{ vm, from: from ?? 'nowhere', to, isLive: action === 'migrate' }];
  });
  const plan = { node: name, commands, journeys: journeys.map(({ vm, from, to }) => ({ vm: vm.id, from, to })) };
  if (args['dry-run']) {
    const news = journeys.map(
      ({ vm, from, to, isLive }) => `${vm.id} would ${isLive ? 'go live' : 'be started anew'} from ${from} to ${to}\n`,
    );
    return {
      exit: 0,
      text: [...changes.map((one) => `${asShellLine(one)}\n`), ...news].join(''),
      json: { ...plan, dryRun: true },
    };
  }
  if (migrating.length > 0) {
    return {
      exit: 1,
      text: `${name} stays in standby, nothing was changed:\n${listObstacles(migrating, tools)}`,
      json: { ...plan, obstacles: migrating, result: 'refused' },
    };
  }
  const { domains, memoryMiB } = await preflight(
    journeys.filter(({ isLive }) => isLive),
    cib,
    tools,
    args.timeout,
  );
  const before = await readHistory(runner, fromNow(args.timeout * 1000, clock));
  for (const change of changes) await apply(change, tools);
  const taken = `${name} takes resources again\n`;
  if (args.wait === 0) return { exit: 0, text: taken, json: plan };
  const followed = journeys.map((journey) => ({
    ...journey,
    domain: domains.get(journey.vm.id) ?? journey.vm.id,
    memoryMiB: memoryMiB.get(journey.vm.id),
  }));
  const { ending, lost } = await follow(followed, tools, args.wait);
  const now = await readStatus(runner, fromNow(args.timeout * 1000, clock));
  const after = await readHistory(runner, fromNow(args.timeout * 1000, clock));
  const reports = await Promise.all(
    journeys.map(({ vm, from, to }) => {
      const arrival = judgeArrival(vm.id, from, statusOf(vm.id, now.resources), before, after);
      return reportOf({ vm: vm.id, from, to }, arrival, tools, args.timeout);
    }),
  );
  const isFine =
    ending === 'idle' && reports.every(({ failures, result }) => failures.length === 0 && result !== 'stopped');
  return {
    exit: isFine ? 0 : 1,
    text: [
      taken,
      ...(ending === 'idle' ? [] : [`${endingWords[ending]}\n`]),
      ...reports.map((report) => describeReport(report, tools)),
      ...lossOf(lost),
    ].join(''),
    json: { ...plan, vms: reports, lost, ending },
  };
}
