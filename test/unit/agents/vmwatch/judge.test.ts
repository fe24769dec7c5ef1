import { describe, expect, it } from 'vitest';
import { judgeOf, type World } from '../../../../agents/vmwatch/judge.ts';
import type { KnownVm } from '../../../../agents/vmwatch/known-vms.ts';
import type { Sight } from '../../../../agents/vmwatch/sight.ts';
import type { Concern } from '../../../../lib/cluster/death-notice.ts';
import type { ActionMark } from '../../../../lib/system/action-mark.ts';
import { fakeClock } from '../../../support/fake-clock.ts';

const lives = (id = 1): Sight => ({ kind: 'lives', id });
const dead: Sight = { kind: 'dead', why: 'it was destroyed from outside', preservedCrash: false };
const crashed: Sight = { kind: 'dead', why: 'its guest crashed and is preserved', preservedCrash: true };
const domain = (resource: string, id = 1): KnownVm => ({
  resource,
  kind: 'Xen',
  facts: { name: resource, xmfile: `/${resource}.cfg`, id },
});

/** A node in memory. */
function bench(options: { vms?: KnownVm[]; sights?: Sight | Record<string, Sight> } = {}) {
  const clock = fakeClock();
  const node = {
    vms: options.vms ?? [domain('vm01')],
    sights: (options.sights ?? lives()) as Sight | Record<string, Sight>,
    marks: new Map<string, ActionMark>(),
    concern: 'runs here' as Concern,
    crashIsFailure: true as boolean | undefined,
    answer: 'told' as 'told' | 'not to be told' | 'failed',
    told: [] as string[],
    recorded: [] as object[],
    ids: [] as number[],
    looks: 0,
    /** What happens while the cluster is asked. */
    meanwhile: () => {},
  };
  const world: World = {
    known: () => node.vms,
    knownStill: ({ resource }) => node.vms.find((vm) => vm.resource === resource),
    look: async (vms) => {
      node.looks += 1;
      const { sights } = node;
      return new Map(
        vms.map(({ resource }) => [resource, 'kind' in sights ? (sights as Sight) : (sights[resource] ?? lives())]),
      );
    },
    marks: () => node.marks,
    concern: async () => {
      node.meanwhile();
      return node.concern;
    },
    crashIsFailure: async () => node.crashIsFailure,
    tell: async ({ resource }) => {
      node.told.push(resource);
      return node.answer;
    },
    rememberId: (_, id) => node.ids.push(id),
    record: ({ resource }, event) => node.recorded.push({ vm: resource, ...event }),
    clock,
  };
  const round = judgeOf(world);
  /** Rounds as the daemon runs them, until nothing is in doubt or the time is over; what passed in milliseconds. */
  const settle = async (limitMs = 60_000) => {
    const from = clock.now();
    for (;;) {
      const pause = await round();
      if (pause === undefined || clock.now() - from > limitMs) return clock.now() - from;
      clock.advance(pause);
    }
  };
  return Object.assign(node, { round, settle, clock });
}

describe('a VM that has died', () => {
  it('is reported once, after two looks and within half a second', async () => {
    const node = bench({ sights: dead });
    expect(await node.settle()).toBeLessThan(500);
    expect(node.told).toEqual(['vm01']);
    expect(node.recorded).toEqual([
      { vm: 'vm01', event: 'died', reason: 'it was destroyed from outside', told: true, id: 1 },
    ]);
    expect(node.looks).toBeGreaterThanOrEqual(3);
    await node.settle();
    await node.settle();
    expect(node.told).toHaveLength(1);
  });

  it('is reported again when it dies again after it was recovered', async () => {
    const node = bench({ sights: dead });
    await node.settle();
    node.vms = [];
    await node.settle();
    node.vms = [domain('vm01', 2)];
    node.sights = lives(2);
    await node.settle();
    node.sights = dead;
    await node.settle();
    expect(node.told).toEqual(['vm01', 'vm01']);
  });

  it('is reported again even if nobody looked between its recovery and its next death', async () => {
    const node = bench({ sights: dead });
    await node.settle();
    node.vms = [domain('vm01', 2)];
    await node.settle();
    expect(node.told).toEqual(['vm01', 'vm01']);
  });

  it('does not hold up another one', async () => {
    const node = bench({ vms: [domain('vm01'), domain('vm02')], sights: { vm01: { kind: 'unclear' }, vm02: dead } });
    await node.settle(400);
    expect(node.told).toEqual(['vm02']);
  });

  it('is reported when the cluster could not be told at first', async () => {
    const node = bench({ sights: dead });
    node.answer = 'failed';
    await node.settle(1000);
    expect(node.recorded).toEqual([]);
    node.answer = 'told';
    await node.settle();
    expect(node.recorded).toHaveLength(1);
  });

  it('is only recorded where the cluster is not to be told', async () => {
    const node = bench({ sights: dead });
    node.answer = 'not to be told';
    await node.settle();
    expect(node.recorded).toEqual([expect.objectContaining({ event: 'died', told: false })]);
  });
});

describe('nobody is told', () => {
  const quiet = async (node: ReturnType<typeof bench>) => {
    await node.settle(120_000);
    expect(node.told).toEqual([]);
  };

  it('of a VM that an action works on', async () => {
    const node = bench({ sights: dead });
    node.marks.set('vm01', 'under way');
    await quiet(node);
    // It has stopped the VM, and forgets it before it says that it is over.
    node.vms = [];
    node.marks.clear();
    await quiet(node);
  });

  it('of a VM whose action was killed: the cluster knows', async () => {
    const node = bench({ sights: dead });
    node.marks.set('vm01', 'killed');
    expect(await node.settle()).toBe(0);
    expect(node.told).toEqual([]);
  });

  it('of a VM whose stop began while the cluster was asked', async () => {
    const node = bench({ sights: dead });
    node.meanwhile = () => node.marks.set('vm01', 'under way');
    await quiet(node);
  });

  it('of a VM whose stop began and ended while the cluster was asked', async () => {
    const node = bench({ sights: dead });
    node.meanwhile = () => {
      node.vms = [];
    };
    await quiet(node);
  });

  it('of a VM that was recovered while the cluster was asked', async () => {
    const node = bench({ sights: dead });
    node.meanwhile = () => {
      node.vms = [domain('vm01', 2)];
      node.sights = lives(2);
    };
    await quiet(node);
  });

  it('of a guest that reboots', async () => {
    const node = bench({ sights: { kind: 'passing' } });
    await node.settle(900);
    node.sights = lives(2);
    await quiet(node);
    expect(node.recorded).toEqual([{ vm: 'vm01', event: 'rebooted', id: 2 }]);
    expect(node.ids).toEqual([2]);
  });

  it('of a VM that is seen dead once only', async () => {
    const node = bench({ sights: dead });
    await node.round();
    node.sights = lives();
    await quiet(node);
    node.sights = { kind: 'unclear' };
    await node.round();
    node.sights = dead;
    await node.round();
    node.sights = { kind: 'unclear' };
    await quiet(node);
  });

  it('while the hypervisor does not answer', () => quiet(bench({ sights: { kind: 'unclear' } })));

  it.each(['busy', 'knows', 'unmanaged', 'unknown'] as const)('when the VM is %s to the cluster', async (concern) => {
    const node = bench({ sights: dead });
    node.concern = concern;
    await quiet(node);
    // The death of a VM that is not managed belongs into the history all the same.
    expect(node.recorded).toEqual(concern === 'unmanaged' ? [expect.objectContaining({ told: false })] : []);
  });

  it.each([false, undefined])('of a preserved crash when it is a failure: %s', async (crashIsFailure) => {
    const node = bench({ sights: crashed });
    node.crashIsFailure = crashIsFailure;
    await quiet(node);
    expect(node.recorded).toHaveLength(crashIsFailure === false ? 1 : 0);
  });
});

it('a preserved crash that is a failure is reported', async () => {
  const node = bench({ sights: crashed });
  await node.settle();
  expect(node.told).toEqual(['vm01']);
});

it('what cannot be cleared up is looked at with growing pauses, and then left to the regular looks', async () => {
  const node = bench({ sights: { kind: 'unclear' } });
  const ms = await node.settle(600_000);
  expect(ms).toBeGreaterThan(30_000);
  expect(ms).toBeLessThan(120_000);
  expect(node.looks).toBeLessThan(60);
});

it('with all VMs alive one look is enough', async () => {
  const node = bench({ vms: [domain('vm01'), domain('vm02')] });
  expect(await node.round()).toBeUndefined();
  expect(node.looks).toBe(1);
  expect(node.recorded).toEqual([]);
});
