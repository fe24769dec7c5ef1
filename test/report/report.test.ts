import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportPage } from '../../cli/report/page.ts';
import { colourOf } from '../../cli/report/timeline.ts';
import type { HistoryEvent } from '../../lib/history/event.ts';
import { type Picture, readPng } from '../support/png.ts';

const nodes = ['node1', 'node2', 'node3'];
const minute = 60_000;
const from = Date.parse('2026-11-21T08:00:00');
const at = (minutes: number) => from + minutes * minute;

/** A morning: a start, a migration, a guest that crashed, a fenced node, a planned stop. */
const events: HistoryEvent[] = [
  { time: at(0), node: 'node1', vm: 'vm01', event: 'started', seconds: 2 },
  { time: at(2), node: 'node2', vm: 'database', event: 'started', seconds: 2 },
  {
    time: at(40),
    node: 'node1',
    vm: 'vm01',
    event: 'migrated',
    to: 'node3',
    live: true,
    seconds: 12,
    address: '10.1.0.3',
  },
  { time: at(40), node: 'node3', vm: 'vm01', event: 'arrived', from: 'node1', seconds: 1 },
  { time: at(70), node: 'node2', vm: 'database', event: 'died', reason: 'its guest crashed', told: true },
  { time: at(82), node: 'node2', vm: 'database', event: 'started', seconds: 3 },
  { time: at(100), node: 'node3', vm: '', event: 'fenced' },
  { time: at(112), node: 'node1', vm: 'vm01', event: 'started', seconds: 3 },
  { time: at(130), node: 'node2', vm: 'database', event: 'stopped', found: 'running', seconds: 5 },
  { time: at(150), node: 'node1', vm: 'database', event: 'started', seconds: 3 },
];

let folder: string;
let page: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-report-'));
  page = join(folder, 'report.html');
  writeFileSync(page, reportPage({ events, nodes, silent: [], period: { fromMs: from, toMs: at(180) } }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a headless Chromium that has no network at all. */
const chromium = (...args: string[]) =>
  execa(
    'unshare',
    [
      ...['--net', 'chromium', '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      ...[
        `--user-data-dir=${folder}/profile`,
        '--hide-scrollbars',
        '--window-size=1200,1250',
        ...args,
        `file://${page}`,
      ],
    ],
    { timeout: 60_000, env: { HOME: folder } },
  );

/** How many pixels have a colour. */
function count(picture: Picture, colour: string): number {
  let found = 0;
  for (let y = 0; y < picture.height; y += 1)
    for (let x = 0; x < picture.width; x += 1) if (picture.at(x, y) === colour) found += 1;
  return found;
}

it('a browser without a network shows the bars of every node, in proportion to the time, and the downtime', async () => {
  const file = join(process.env['OCF_VIRT_SCREENSHOTS'] ?? folder, 'report.png');
  await chromium(`--screenshot=${file}`);
  const picture = readPng(readFileSync(file));
  expect(picture.width).toBe(1200);
  const pixels = (node: string) => count(picture, colourOf(node, nodes));
  // Minutes that VMs ran on each node; its colour stands in the legend as well.
  const minutes = { node1: 40 + 68 + 30, node2: 68 + 48, node3: 60 };
  const perMinute = Object.entries(minutes).map(([node, ran]) => pixels(node) / ran);
  expect(Math.max(...perMinute) / Math.min(...perMinute)).toBeLessThan(1.25);
  const failures = count(picture, '#d1242f');
  const planned = count(picture, '#b8c0c9');
  expect(failures).toBeGreaterThan(planned);
  expect(planned).toBeGreaterThan(1000);
});

it('the page prints on paper, with its colours', async () => {
  const file = join(folder, 'report.pdf');
  await chromium('--no-pdf-header-footer', `--print-to-pdf=${file}`);
  const pdf = readFileSync(file, 'latin1');
  expect(pdf.startsWith('%PDF')).toBe(true);
  const pages = Number(/\/Count (\d+)/.exec(pdf)?.[1]);
  expect([1, 2]).toContain(pages);
});
