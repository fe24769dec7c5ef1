import type { Concern } from '../../lib/cluster/death-notice.ts';
import type { HistoryEvent } from '../../lib/history/event.ts';
import type { ActionMark } from '../../lib/system/action-mark.ts';
import type { Clock } from '../../lib/system/clock.ts';
import type { KnownVm } from './known-vms.ts';
import type { Sight } from './sight.ts';

/** What the judge knows the world by. */
export interface World {
  known(): readonly KnownVm[];
  /** One VM as the agents remember it now; undefined when it was stopped or sent away. */
  knownStill(vm: KnownVm): KnownVm | undefined;
  look(vms: readonly KnownVm[]): Promise<ReadonlyMap<string, Sight>>;
  /** The actions that are under way; read after a look, so that whatever caused what was seen has left its mark. */
  marks(): ReadonlyMap<string, ActionMark>;
  concern(vm: KnownVm): Promise<Concern>;
  /** Whether a preserved crash is a failure of this VM; undefined when the cluster does not say. */
  crashIsFailure(vm: KnownVm): Promise<boolean | undefined>;
  /** Tells the cluster of a death, unless it is not to be told. */
  tell(vm: KnownVm, why: string): Promise<'told' | 'not to be told' | 'failed'>;
  /** Keeps the domain id that a reboot has changed. */
  rememberId(vm: KnownVm, id: number): void;
  record(vm: KnownVm, event: Pick<HistoryEvent, 'event' | 'reason' | 'id' | 'told'>): void;
  readonly clock: Clock;
}

/** The first look after a doubtful one comes after so many milliseconds, the later ones with growing pauses. */
const firstPauseMs = 100;
const longestPauseMs = 2000;
/** A doubt that lasts longer waits for the next regular look. */
const patienceMs = 60_000;

interface Doubt {
  readonly since: number;
  readonly isDead: boolean;
  pause: number;
}

/**
 * Finds out which VMs have died without any action being responsible, and tells the cluster.
 *
 * It acts on certainty only: two looks in which the hypervisor itself shows the VM dead, no action that works on it or
 * was killed, and a cluster that believes it to run here and has nothing under way for it. Anything else is left to the
 * VM's monitor, as if nobody watched.
 *
 * @returns one round, to be called when something may have happened. It returns the milliseconds after which it wants to
 * be called again; undefined when nothing is in doubt.
 */
export function judgeOf(world: World): () => Promise<number | undefined> {
  const doubts = new Map<string, Doubt>();
  /** The run of a VM that was judged to be dead: nobody is told twice. */
  const buried = new Map<string, string>();

  return async () => {
    const vms = world.known();
    const sights = await world.look(vms);
    const marks = world.marks();
    for (const memory of [doubts, buried])
      for (const resource of memory.keys()) if (!vms.some((vm) => vm.resource === resource)) memory.delete(resource);
    for (const vm of vms) {
      const sight = sights.get(vm.resource) ?? { kind: 'unclear' };
      if (await isSettled(vm, sight, marks.get(vm.resource))) doubts.delete(vm.resource);
      else doubt(vm.resource, sight.kind === 'dead');
    }
    const pauses = [...doubts.values()]
      .filter(({ since }) => world.clock.now() - since < patienceMs)
      .map(({ pause }) => pause);
    return pauses.length === 0 ? undefined : Math.min(...pauses);
  };

  function doubt(resource: string, isDead: boolean): void {
    const known = doubts.get(resource);
    if (known?.isDead !== isDead) doubts.set(resource, { since: world.clock.now(), isDead, pause: firstPauseMs });
    else known.pause = Math.min(longestPauseMs, known.pause * 1.5);
  }

  /** Whether there is nothing more to find out about a VM for now. */
  async function isSettled(vm: KnownVm, sight: Sight, mark: ActionMark | undefined): Promise<boolean> {
    if (sight.kind === 'lives') {
      if (mark === undefined) noteChanges(vm, sight);
      return true;
    }
    // Of an action that was killed the cluster knows, and answers it.
    if (mark === 'killed' || buried.get(vm.resource) === runOf(vm)) return true;
    if (mark === 'under way' || sight.kind !== 'dead') return false;
    // The second look comes after a pause: a death that is none is seldom seen twice.
    if (doubts.get(vm.resource)?.isDead !== true) return false;
    return await bury(vm, sight);
  }

  async function bury(vm: KnownVm, sight: Sight & { kind: 'dead' }): Promise<boolean> {
    if (sight.preservedCrash) {
      const isFailure = await world.crashIsFailure(vm);
      if (isFailure === undefined) return false;
      if (!isFailure) return settle(vm, sight, false);
    }
    const concern = await world.concern(vm);
    if (concern === 'unmanaged') return settle(vm, sight, false);
    if (concern === 'knows') {
      buried.set(vm.resource, runOf(vm));
      return true;
    }
    if (concern !== 'runs here') return false;
    // Asking the cluster took a while: an action may have begun, or ended.
    const still = world.knownStill(vm);
    if (still === undefined || runOf(still) !== runOf(vm)) return true;
    const again = (await world.look([vm])).get(vm.resource);
    if (world.marks().has(vm.resource) || again?.kind !== 'dead') return false;
    const answer = await world.tell(vm, sight.why);
    return answer === 'failed' ? false : settle(vm, sight, answer === 'told');
  }

  function settle(vm: KnownVm, { why }: Sight & { kind: 'dead' }, told: boolean): true {
    buried.set(vm.resource, runOf(vm));
    world.record(vm, { event: 'died', reason: why, told, ...idOf(vm) });
    return true;
  }

  function noteChanges(vm: KnownVm, { id }: Sight & { kind: 'lives' }): void {
    buried.delete(vm.resource);
    if (vm.kind === 'Xen' && id !== undefined && vm.facts.id !== undefined && vm.facts.id !== id) {
      world.record(vm, { event: 'rebooted', id });
      world.rememberId(vm, id);
    }
  }
}

/** What tells one run of a VM from the next. */
const runOf = (vm: KnownVm) => JSON.stringify(vm.kind === 'Xen' ? [vm.facts.name, vm.facts.id] : [vm.facts.vmxpath]);

const idOf = (vm: KnownVm) => (vm.kind === 'Xen' && vm.facts.id !== undefined ? { id: vm.facts.id } : {});
