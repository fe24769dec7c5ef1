import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../../../lib/history/event.ts';
import { livesOf } from '../../../../lib/history/lives.ts';

type Given = Partial<HistoryEvent> & Pick<HistoryEvent, 'event'>;

/** Follows vm01 through events on node1, one a second if no other time is given, until second 100. */
function lifeOf(...given: Given[]) {
  const events = given.map((event, index) => ({ time: (index + 1) * 1000, node: 'node1', vm: 'vm01', ...event }));
  const [life] = livesOf(events, 100_000);
  if (life === undefined) throw new Error('vm01 has no life');
  return life;
}

const stay = (node: string, from: number, to: number) => ({ node, fromMs: from * 1000, toMs: to * 1000 });

describe('a VM', () => {
  it('runs where it was started until now', () => {
    const life = lifeOf({ event: 'started' });
    expect(life.stays).toEqual([stay('node1', 1, 100)]);
    expect(life.interruptions).toEqual([]);
    expect(life.availability).toBe(1);
  });

  it('goes on running while it is migrated live, also when the target tells first', () => {
    const there = { event: 'arrived', node: 'node2', from: 'node1' } as const;
    const gone = { event: 'migrated', to: 'node2', live: true, seconds: 0.5 } as const;
    for (const life of [
      lifeOf({ event: 'started' }, { ...gone, time: 5000 }, { ...there, time: 5000 }),
      lifeOf({ event: 'started' }, { ...there, time: 5000 }, { ...gone, time: 5000 }),
    ]) {
      expect(life.stays).toEqual([stay('node1', 1, 5), stay('node2', 5, 100)]);
      expect(life.interruptions).toEqual([]);
      expect(life.moves).toEqual([{ timeMs: 5000, from: 'node1', to: 'node2', seconds: 0.5 }]);
    }
  });

  it('does not run while it moves by suspend and resume, which is planned', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'migrated', to: 'node2', time: 10_000, seconds: 4 },
      { event: 'arrived', node: 'node2', time: 12_000 },
    );
    expect(life.stays).toEqual([stay('node1', 1, 6), stay('node2', 12, 100)]);
    expect(life.interruptions).toEqual([
      expect.objectContaining({ fromMs: 6000, toMs: 12_000, planned: true, node: 'node1' }),
    ]);
    expect(life.availability).toBe(1);
  });

  it('that died is down from its death to its start, for the reason of its death', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'died', time: 41_000, reason: 'its guest crashed' },
      { event: 'stopped', time: 41_500, found: 'absent' },
      { event: 'started', time: 51_000, node: 'node2', found: 'absent' },
    );
    expect(life.interruptions).toEqual([
      {
        ...{ vm: 'vm01', node: 'node1', fromMs: 41_000, toMs: 51_000, cause: 'its guest crashed', planned: false },
        againOn: 'node2',
      },
    ]);
    expect(life).toMatchObject({ upMs: 89_000, unplannedMs: 10_000, plannedMs: 0, availability: 89 / 99 });
  });

  it('whose death only the monitor found is down from then on', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'failed', action: 'monitor', exit: 7, reason: 'it was not running' },
      { event: 'stopped', found: 'absent' },
      { event: 'started' },
    );
    expect(life.interruptions).toEqual([
      expect.objectContaining({ fromMs: 2000, toMs: 4000, planned: false, cause: expect.stringContaining('monitor') }),
    ]);
  });

  it('whose toolstack did not answer runs until its node is fenced, and that was the reason', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'degraded', action: 'monitor', exit: 190, time: 10_000 },
      { event: 'failed', action: 'monitor', exit: 1, reason: 'xl list failed', time: 20_000 },
      { event: 'failed', action: 'stop', exit: 1, reason: 'xl list failed', time: 25_000 },
      { event: 'fenced', vm: '', time: 30_000 },
      { event: 'started', node: 'node2', time: 33_000, seconds: 2 },
    );
    expect(life.interruptions).toEqual([
      expect.objectContaining({
        ...{ fromMs: 30_000, toMs: 33_000, planned: false, againOn: 'node2' },
        cause: 'its monitor failed: xl list failed; node1 was fenced',
      }),
    ]);
  });

  it('whose monitor failed and that was stopped for it was not stopped in good order; long after, it was', () => {
    const monitor = { event: 'failed', action: 'monitor', exit: 1, reason: 'it is paused' } as const;
    const soon = lifeOf({ event: 'started' }, monitor, { event: 'stopped', found: 'paused' });
    expect(soon.interruptions).toEqual([
      expect.objectContaining({ planned: false, fromMs: 3000, cause: 'its monitor failed: it is paused' }),
    ]);
    const late = lifeOf({ event: 'started' }, monitor, { event: 'stopped', found: 'running', time: 3_600_000 });
    expect(late.interruptions).toEqual([expect.objectContaining({ planned: true })]);
  });

  it('that was stopped in good order is available all the same', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'stopped', found: 'running' },
      { event: 'started', time: 50_000 },
    );
    expect(life.interruptions).toEqual([
      expect.objectContaining({ fromMs: 2000, toMs: 50_000, planned: true, cause: 'it was stopped in good order' }),
    ]);
    expect(life.availability).toBe(1);
  });

  it('of a fenced node is down from the fencing to its start elsewhere', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'fenced', vm: '', time: 20_000 },
      { event: 'fenced', vm: '', node: 'node3', time: 21_000 },
      { event: 'started', node: 'node2', time: 30_000, seconds: 2 },
    );
    expect(life.stays).toEqual([stay('node1', 1, 20), stay('node2', 30, 100)]);
    expect(life.interruptions).toEqual([
      expect.objectContaining({ fromMs: 20_000, toMs: 30_000, planned: false, cause: 'node1 was fenced' }),
    ]);
  });

  it('that is started elsewhere, without a word of its end, was lost with its node', () => {
    const life = lifeOf({ event: 'started' }, { event: 'started', node: 'node2', time: 30_000, seconds: 2 });
    expect(life.stays).toEqual([stay('node1', 1, 28), stay('node2', 30, 100)]);
    expect(life.interruptions).toEqual([expect.objectContaining({ cause: 'node1 was lost', planned: false })]);
  });

  it('that never started is down since the attempt, and that has not ended', () => {
    const life = lifeOf({
      event: 'failed',
      action: 'start',
      exit: 1,
      reason: 'Out of memory',
      time: 10_000,
      seconds: 1,
    });
    expect(life.stays).toEqual([]);
    expect(life.interruptions).toEqual([
      expect.objectContaining({ fromMs: 9000, toMs: undefined, cause: 'its start failed: Out of memory' }),
    ]);
    expect(life.availability).toBe(0);
  });

  it('is not taken for stopped by the clearing up on the node that it has left', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'migrated', to: 'node2', live: true },
      { event: 'stopped', found: 'absent' },
      { event: 'failed', action: 'monitor', exit: 7 },
    );
    expect(life.interruptions).toEqual([]);
    expect(life.stays.at(-1)).toEqual(stay('node2', 2, 100));
  });

  it('that was degraded, rebooted or found running already has not been interrupted', () => {
    const life = lifeOf(
      { event: 'started' },
      { event: 'degraded', action: 'monitor', exit: 190 },
      { event: 'rebooted' },
      { event: 'started', found: 'running' },
    );
    expect(life.interruptions).toEqual([]);
    expect(life.reboots).toEqual([3000]);
  });
});

it('every VM has a life of its own, and a node has none', () => {
  const lives = livesOf(
    [
      { time: 1, node: 'node1', vm: 'vm02', event: 'started' },
      { time: 2, node: 'node1', vm: 'vm01', event: 'started' },
      { time: 3, node: 'node1', vm: '', event: 'fenced' },
    ],
    10,
  );
  expect(lives.map(({ vm }) => vm)).toEqual(['vm01', 'vm02']);
  expect(lives.flatMap(({ interruptions }) => interruptions)).toHaveLength(2);
});
