import { expect, it } from 'vitest';
import { gatherEvents } from '../../../cli/gather-events.ts';
import type { HistoryEvent } from '../../../lib/history/event.ts';
import { writeAnswer } from '../../../lib/survey/answer.ts';
import { fakeClock } from '../../support/fake-clock.ts';
import { scriptedRunner } from '../../support/scripted-runner.ts';

const cib = `<cib><configuration><nodes><node id="1" uname="node1"/><node id="2" uname="node2"/></nodes></configuration></cib>`;
const event = (time: number, node: string): HistoryEvent => ({ time, node, vm: 'vm01', event: 'started' });
const fenced: HistoryEvent = { time: 15, node: 'node3', vm: '', event: 'fenced' };

/** A cluster of two nodes, asked from the outside, each with a history of its own; a page has two events. */
function cluster(histories: Record<string, HistoryEvent[] | undefined>) {
  const runner = scriptedRunner((program, args) => {
    if (program === 'cibadmin') return { stdout: cib };
    if (program === 'crm_node') return { code: 102 };
    const node = args.at(-2) ?? '';
    const history = histories[node];
    if (history === undefined) return { code: 255, stderr: 'ssh: connect to host: No route to host\n' };
    const request = JSON.parse(/\{.*\}/.exec(args.at(-1) ?? '')?.[0] ?? '');
    const { untilMs = Number.POSITIVE_INFINITY } = request.events;
    const all = history.filter(({ time }) => time <= untilMs);
    return { stdout: writeAnswer({ events: { facts: { events: all.slice(-2), complete: all.length <= 2 } } }) };
  });
  const terminal = {
    width: 80,
    style: (_: string, text: string) => text,
    out: () => {},
    err: () => {},
    progress: () => {},
  };
  const tools = {
    runner,
    clock: fakeClock(),
    terminal,
    ownCommand: ['ocf-virt'],
    interrupted: new AbortController().signal,
  };
  return { gather: () => gatherEvents({ sinceMs: 0 }, 5, tools), runner };
}

it('the events of all nodes come in order, and what two nodes tell alike comes once', async () => {
  const { gather } = cluster({
    node1: [event(10, 'node1'), fenced],
    node2: [fenced, event(20, 'node2')],
  });
  const { events, silent, nodes } = await gather();
  expect(events).toEqual([event(10, 'node1'), fenced, event(20, 'node2')]);
  expect([silent, nodes]).toEqual([[], ['node1', 'node2']]);
});

it('a long history is asked for page by page, and those with a short one are not asked again', async () => {
  const long = [1, 2, 3, 4, 5].map((time) => event(time, 'node1'));
  const { gather, runner } = cluster({ node1: long, node2: [event(6, 'node2')] });
  expect((await gather()).events.map(({ time }) => time)).toEqual([1, 2, 3, 4, 5, 6]);
  const asked = runner.calls.filter(([program]) => program === 'ssh').map((call) => call.at(-2));
  expect(asked.filter((node) => node === 'node1')).toHaveLength(4);
  expect(asked.filter((node) => node === 'node2')).toHaveLength(1);
});

it('events of the same millisecond at the border of two pages are not lost', async () => {
  const crowd = [1, 1, 2, 2].map((time, index) => ({ ...event(time, 'node1'), id: index }));
  const { gather } = cluster({ node1: crowd, node2: [] });
  expect((await gather()).events).toHaveLength(4);
});

it('a node that does not answer is named, and the others are heard', async () => {
  const { gather } = cluster({ node1: [event(1, 'node1')], node2: undefined });
  const { events, silent } = await gather();
  expect(events).toHaveLength(1);
  expect(silent).toEqual([{ node: 'node2', why: expect.stringContaining('No route to host') }]);
});
