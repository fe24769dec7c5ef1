import { writeFileSync } from 'node:fs';
import { livesOf } from '../../lib/history/lives.ts';
import { failed } from '../../lib/ocf/error.ts';
import { defineCommand } from '../command.ts';
import { countOf } from '../count-of.ts';
import { gatherEvents } from '../gather-events.ts';
import { reportPage } from '../report/page.ts';
import { parseSince } from '../since.ts';

export const reportCommand = defineCommand({
  usage: 'report',
  summary: 'a page that shows where each VM ran, its interruptions with their causes, and its availability',
  description:
    'Writes one HTML page that needs no network: a timeline of every VM, a table of interruptions with their causes, and the availability of each VM. It is made from the histories of all nodes; the exit code is 1 when a node did not answer, which the page says too.',
  positionals: {},
  options: {
    since: { type: 'string', default: '7d', describe: 'how far back: 2h, 30d, 2026-11-21 09:30' },
    output: {
      type: 'string',
      default: 'ocf-virt-report.html',
      describe: 'the file to write; --output=- prints the page',
    },
  },
  examples: [
    ['report', 'the last week, in ocf-virt-report.html'],
    ['report --since 30d --output november.html', 'the last month'],
  ],
  run: async ({ since, output, timeout }, tools) => {
    const toMs = Date.now();
    const fromMs = parseSince(since, toMs);
    const { events, nodes, silent } = await gatherEvents({ sinceMs: fromMs }, timeout, tools);
    const page = reportPage({ events, nodes, silent, period: { fromMs, toMs } });
    const json = { fromMs, toMs, vms: livesOf(events, toMs), silent };
    const exit = silent.length === 0 ? 0 : 1;
    if (output === '-') return { exit, text: page, json };
    try {
      writeFileSync(output, page);
    } catch (error) {
      throw failed(`${output} could not be written: ${error instanceof Error ? error.message : error}`, 'use --output');
    }
    const missing = silent.map(({ node, why }) =>
      tools.terminal.style('red', `${node} did not tell its events: ${why}\n`),
    );
    return {
      exit,
      text: `${output}: ${countOf(json.vms.length, 'VM')}, ${countOf(events.length, 'event')}\n${missing.join('')}`,
      json,
    };
  },
});
