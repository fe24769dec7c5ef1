import { readHistory } from '../../lib/cluster/history.ts';
import { ownNodeName } from '../../lib/cluster/self.ts';
import { readStatus, type Status } from '../../lib/cluster/status.ts';
import { askNodes } from '../../lib/survey/ask-nodes.ts';
import { fromNow } from '../../lib/system/clock.ts';
import type { Tools } from '../command.ts';
import { bar, clockTime } from './bar.ts';
import { progressOf, type Sample } from './copy-rate.ts';
import type { Journey } from './preflight.ts';
import { statusOf } from './vm.ts';

/** A journey with what the preflight knows of it. */
export interface FollowedJourney extends Journey {
  readonly domain: string;
  readonly memoryMiB: number | undefined;
}

/**
 * How it ended: `idle`, the cluster has nothing left to do; `late`, the time is over; `interrupted` before any VM began
 * to move; `silent`, Pacemaker has not answered for a minute.
 */
export type Ending = 'idle' | 'late' | 'interrupted' | 'silent';

export interface Followed {
  readonly ending: Ending;
  /** Nodes that were online and left the cluster meanwhile. */
  readonly lost: readonly string[];
}

/** Where a VM is on its way. */
type Stage = 'waits' | 'copying' | 'copied' | 'finishing' | 'stopping' | 'starting' | 'arrived' | 'stopped';

const silenceMs = 60_000;
const betweenLooksMs = 700;

/**
 * Shows how VMs move, until the cluster has nothing left to do. An interruption ends it only while no VM moves: whoever
 * takes back what has set a migration off while it is under way makes the cluster stop the VM and start it anew (seen
 * with Pacemaker 2.1.5).
 */
export async function follow(
  journeys: readonly FollowedJourney[],
  tools: Tools,
  waitSeconds: number,
): Promise<Followed> {
  const { runner, clock, terminal, interrupted } = tools;
  const limit = fromNow(waitSeconds * 1000, clock);
  const samples = new Map<string, Sample[]>();
  const stages = new Map<string, Stage>(journeys.map(({ vm }) => [vm.id, 'waits']));
  const online = new Set<string>();
  const lost = new Set<string>();
  const begun = clock.now();
  let ending: Ending | undefined;
  let lastAnswer = clock.now();
  let isTold = false;

  const show = () => {
    const width = terminal.width;
    const lines = journeys.flatMap((journey) => {
      const stage = stages.get(journey.vm.id) ?? 'waits';
      return stage === 'arrived' ? [] : [lineOf(journey, stage, samples.get(journey.vm.id) ?? [], width)];
    });
    const since = clockTime((clock.now() - begun) / 1000);
    terminal.progress([...lines, `${since}  waiting for the cluster${isTold ? ', then ending' : ''}`]);
  };
  const enter = (journey: FollowedJourney, stage: Stage, node: string | undefined) => {
    const { vm } = journey;
    if (stages.get(vm.id) === stage) return;
    stages.set(vm.id, stage);
    const news = newsOf(journey, stage, node);
    if (news !== undefined) terminal.err(`${news}\n`);
  };
  const see = (status: Status) => {
    for (const node of status.nodes) {
      if (node.online && !node.unclean) online.add(node.name);
      else if (online.has(node.name) && !lost.has(node.name)) {
        lost.add(node.name);
        terminal.err(`${node.name} has left the cluster\n`);
      }
    }
    for (const journey of journeys) {
      const found = statusOf(journey.vm.id, status.resources);
      const [node] = found?.nodes ?? [];
      const role = found?.role ?? 'Stopped';
      if (role === 'Migrating') {
        if (stages.get(journey.vm.id) !== 'copied') enter(journey, 'copying', node);
      } else if (role === 'Stopping') {
        // A live migration ends with a stop of what it left on the source: what it means, its end tells.
        const isAfterCopy = /^(copying|copied|finishing)$/.test(stages.get(journey.vm.id) ?? '');
        enter(journey, isAfterCopy ? 'finishing' : 'stopping', node);
      } else if (role === 'Starting') {
        enter(journey, 'starting', node);
      } else if (node === undefined) enter(journey, 'stopped', node);
      else if (node !== journey.from) enter(journey, 'arrived', node);
    }
  };
  // What has arrived is a matter of moments; what waits may be called off.
  const mayBeCalledOff = () => {
    const all = [...stages.values()];
    const isMoving = all.some((stage) => stage !== 'waits' && stage !== 'arrived');
    return !isMoving && (all.length === 0 || all.includes('waits'));
  };

  const watchCluster = async () => {
    while (ending === undefined) {
      const answer = await runner.perform('crm_resource', ['--wait', '--timeout=2s'], fromNow(20_000, clock));
      if (answer.outcome === 'exited' && answer.code === 0) ending ??= 'idle';
      // 124 is CRM_EX_TIMEOUT, 62 what Pacemaker 1.1 gave (ETIME).
      else if (answer.outcome === 'exited' && (answer.code === 124 || answer.code === 62)) lastAnswer = clock.now();
      else await clock.sleep(1000);
    }
  };
  const watchTargets = async () => {
    const self = ownNodeName(runner, fromNow(5000, clock));
    const watch = async (target: string) => {
      const arriving = journeys.filter(({ to, vm }) => to === target && vm.hypervisor === 'xen');
      while (ending === undefined && arriving.length > 0) {
        await clock.sleep(betweenLooksMs);
        if (!arriving.some(({ vm }) => stages.get(vm.id) === 'copying')) continue;
        const options = { runner, clock, ownCommand: tools.ownCommand, timeoutMs: 5000, self };
        const answers = await askNodes([target], { vms: { vmware: [] } }, options);
        const answer = answers.get(target);
        const told = answer?.kind === 'answered' ? answer.facts.vms : undefined;
        if (told === undefined || !('facts' in told)) continue;
        for (const journey of arriving) {
          const copy = told.facts.vms.find(({ vm, state }) => vm === journey.domain && state === 'incoming');
          if (copy?.memoryMiB === undefined) continue;
          const seen = samples.get(journey.vm.id) ?? [];
          samples.set(journey.vm.id, [...seen, { at: clock.now(), filledMiB: copy.memoryMiB }]);
          const total = journey.memoryMiB;
          if (total !== undefined && copy.memoryMiB >= total && stages.get(journey.vm.id) === 'copying')
            enter(journey, 'copied', target);
        }
        show();
      }
    };
    await Promise.all([...new Set(journeys.map(({ to }) => to))].map(watch));
  };

  const cluster = watchCluster();
  const targets = watchTargets();
  while (ending === undefined) {
    try {
      see(await readStatus(runner, fromNow(10_000, clock)));
      lastAnswer = clock.now();
    } catch {
      // An election, or a node that has just died: the next look tells.
    }
    if (interrupted.aborted && mayBeCalledOff() && !(await isUnderWay(journeys, tools))) ending ??= 'interrupted';
    else if (interrupted.aborted && !isTold) {
      isTold = true;
      terminal.err(
        'A migration is under way: it ends first, because taken back half-way it would restart the VM. Ctrl-C again leaves everything as it is.\n',
      );
    }
    if (limit.passed) ending ??= 'late';
    if (clock.now() - lastAnswer > silenceMs) ending ??= 'silent';
    show();
    if (ending === undefined) await clock.sleep(betweenLooksMs);
  }
  await Promise.all([cluster, targets]);
  if (ending === 'idle') await readStatus(runner, fromNow(10_000, clock)).then(see, () => {});
  terminal.progress([]);
  return { ending, lost: [...lost] };
}

/** Whether a migration has begun that crm_mon does not show yet, or has only done its first half. */
async function isUnderWay(journeys: readonly Journey[], { runner, clock }: Tools): Promise<boolean> {
  try {
    const all = await readHistory(runner, fromNow(10_000, clock));
    return all.some(({ resource, pending }) => pending && journeys.some(({ vm }) => vm.id === resource));
  } catch {
    return true;
  }
}

function lineOf({ vm, from, to, memoryMiB }: FollowedJourney, stage: Stage, samples: readonly Sample[], width: number) {
  const title = `${vm.id}  ${from} > ${to}`;
  if ((stage === 'copying' || stage === 'copied') && memoryMiB !== undefined && samples.length > 0)
    return bar(title, progressOf(samples, memoryMiB), width);
  return `${title}  ${stageWords[stage]}`;
}

const stageWords: Readonly<Record<Stage, string>> = {
  waits: 'waits for its turn',
  copying: 'migrates',
  copied: 'migrates',
  finishing: 'ends its migration',
  stopping: 'is being stopped',
  starting: 'is being started',
  arrived: 'has arrived',
  stopped: 'is stopped',
};

function newsOf({ vm, from, to }: Journey, stage: Stage, node: string | undefined): string | undefined {
  if (stage === 'copying') return `${vm.id}: migrates from ${from} to ${to}`;
  if (stage === 'copied') return `${vm.id}: its memory is on ${to}, what changed meanwhile follows`;
  if (stage === 'arrived') return `${vm.id}: runs on ${node}`;
  if (stage === 'stopping' || stage === 'starting')
    return `${vm.id}: ${stageWords[stage]}${node === undefined ? '' : ` on ${node}`}`;
  return stage === 'stopped' ? `${vm.id}: is stopped` : undefined;
}
