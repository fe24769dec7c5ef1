import { describeEvent } from '../../lib/history/describe.ts';
import type { HistoryEvent } from '../../lib/history/event.ts';
import { defineCommand } from '../command.ts';
import { type Gathered, gatherEvents, keyOf } from '../gather-events.ts';
import { localTime } from '../local-time.ts';
import { printable, printableJson } from '../printable.ts';
import { parseSince } from '../since.ts';
import { type Cell, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';

export const eventsCommand = defineCommand({
  usage: 'events',
  summary: 'what happened to the VMs, on all nodes, in order',
  description:
    'Prints the history of the cluster: every start, stop, migration, death, reboot and failure of a VM, as the nodes have kept it, and the fencings. The exit code is 1 when a node did not answer, because its events are missing then.',
  positionals: {},
  options: {
    since: { type: 'string', default: '1d', describe: 'how far back: 2h, 7d, 2026-11-21 09:30' },
    vm: { type: 'string', describe: 'only this VM, by the id of its resource' },
    follow: { type: 'boolean', default: false, describe: 'go on, and print what happens until Ctrl-C' },
  },
  examples: [
    ['events', 'the last day'],
    ['events --vm vm01 --since 7d', 'what happened to vm01 in the last week'],
    ['events --follow', 'watch'],
  ],
  run: async ({ since, vm, follow, timeout, json }, tools) => {
    const { terminal, clock, interrupted } = tools;
    const only = vm === undefined ? {} : { vm };
    const first = await gatherEvents({ sinceMs: parseSince(since, Date.now()), ...only }, timeout, tools);
    if (!follow) return { exit: exitOf(first), text: textOf(first, terminal), json: jsonOf(first) };
    const told = new Set(first.events.map(keyOf));
    const print = (events: readonly HistoryEvent[]) => {
      terminal.progress([]);
      for (const event of events) terminal.out(json ? `${printableJson(event, 0)}\n` : lineOf(event));
    };
    print(first.events);
    let last = first;
    while (!interrupted.aborted) {
      await Promise.race([clock.sleep(pauseMs), aborted(interrupted)]);
      if (interrupted.aborted) break;
      // The clocks of the nodes may differ: what is told in the last minute is compared with what was printed.
      last = await gatherEvents({ sinceMs: Date.now() - 60_000, ...only }, timeout, tools);
      const fresh = last.events.filter((event) => !told.has(keyOf(event)));
      for (const event of fresh) told.add(keyOf(event));
      print(fresh);
    }
    return { exit: exitOf(last), text: warnings(last, terminal), json: jsonOf(last).silent };
  },
});

/** Between two questions while following, in milliseconds. */
const pauseMs = 2000;

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

const exitOf = ({ silent }: Gathered) => (silent.length === 0 ? 0 : 1);
const jsonOf = ({ events, silent }: Gathered) => ({ events, silent });

function textOf(gathered: Gathered, terminal: Terminal): string {
  const { events } = gathered;
  const list =
    events.length === 0
      ? 'nothing happened in that time\n'
      : table(
          ['TIME', 'NODE', 'VM', 'WHAT HAPPENED'],
          events.map((event) => rowOf(event, terminal)),
        );
  return `${list}${warnings(gathered, terminal)}`;
}

const warnings = ({ silent }: Gathered, { style }: Terminal) =>
  silent.map(({ node, why }) => style('red', `${node} did not tell its events: ${why}\n`)).join('');

/** One line of those that come one after the other, whose columns cannot be laid out together. */
const lineOf = (event: HistoryEvent) =>
  `${localTime(event.time)}  ${printable([event.node, event.vm, describeEvent(event)].filter(Boolean).join('  '))}\n`;

function rowOf(event: HistoryEvent, { style }: Terminal): Cell[] {
  const text = describeEvent(event);
  const isBad = ['failed', 'died', 'fenced'].includes(event.event);
  return [
    localTime(event.time),
    event.node,
    event.vm,
    isBad
      ? { text, style: (words) => style('red', words) }
      : event.event === 'degraded'
        ? { text, style: (words) => style('yellow', words) }
        : text,
  ];
}
