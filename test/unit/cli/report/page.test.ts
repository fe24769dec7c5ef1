import { expect, it } from 'vitest';
import { reportPage } from '../../../../cli/report/page.ts';
import { parseXml } from '../../../../lib/cluster/xml.ts';
import type { HistoryEvent } from '../../../../lib/history/event.ts';

const hour = 3_600_000;
const from = Date.parse('2026-11-21T08:00:00');
const period = { fromMs: from, toMs: from + 4 * hour };
const nodes = ['node1', 'node2'];
const events: HistoryEvent[] = [
  { time: from, node: 'node1', vm: 'vm01', event: 'started' },
  { time: from + hour, node: 'node1', vm: 'vm01', event: 'migrated', to: 'node2', live: true, seconds: 3 },
  { time: from + 2 * hour, node: 'node2', vm: 'vm01', event: 'died', reason: 'its guest <b>crashed</b> & burned' },
  { time: from + 3 * hour, node: 'node1', vm: 'vm01', event: 'started' },
];

it('a report shows the interruption with its cause and its time, the availability, and every node', () => {
  const page = reportPage({ events, nodes, silent: [], period });
  expect(page).toContain('its guest &lt;b&gt;crashed&lt;/b&gt; &amp; burned');
  expect(page).not.toContain('<b>crashed');
  expect(page).toContain('<td>1 h 0 min</td>');
  expect(page).toContain('<td>75.000 %</td>');
  for (const node of nodes) expect(page).toContain(node);
});

it('whatever a VM, a node or a reason is called, a report is well-formed, and nothing of it becomes an element', async () => {
  const hostile = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    ']]>',
    '&lt;',
    '<!--',
    '</svg>',
  ];
  for (const text of hostile) {
    const page = reportPage({
      events: events.map((event) => ({ ...event, vm: text, node: text, ...(event.reason ? { reason: text } : {}) })),
      nodes: [text, 'node2'],
      silent: [{ node: text, why: text }],
      period,
    });
    expect(page).not.toMatch(/<script|<img|<!--/);
    const body = await parseXml(/<body>.*<\/body>/s.exec(page)?.[0] ?? '');
    expect(Object.keys(body).filter((name) => ['script', 'img'].includes(name))).toEqual([]);
    expect(JSON.stringify(body)).toContain(JSON.stringify(text).slice(1, -1));
  }
});

it('a report needs nothing from anywhere: no script, no picture, no font, no style', () => {
  const page = reportPage({ events, nodes, silent: [], period });
  expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i);
});

it('the picture has a bar for every stay, a band for the downtime, and a line for the migration', async () => {
  const page = reportPage({ events, nodes, silent: [], period });
  const svg = await parseXml(/<svg.*<\/svg>/s.exec(page)?.[0] ?? '');
  const rects = (svg['rect'] ?? []).map(({ $ = {} }) => $);
  const span = (kind: string) =>
    rects.filter((one) => one['class'] === kind).map((one) => [Number(one['x']), Number(one['width'])]);
  const [first, second, third] = span('stay');
  const [band] = span('unplanned');
  // Each of the four lasts an hour, so they are equally wide, and each begins where the one before ends.
  const widths = [first, second, band, third].map((one) => one?.[1] ?? 0);
  expect(Math.max(...widths) - Math.min(...widths)).toBeLessThan(0.3);
  const starts = [first, second, band, third].map((one) => one?.[0] ?? 0);
  expect(starts).toEqual([...starts].sort((one, other) => one - other));
  expect(span('planned')).toEqual([]);
  expect(svg['line']?.filter(({ $ }) => $?.['class'] === 'move')).toHaveLength(1);
});

it('a report says what is missing, and which VM does not run now', () => {
  const page = reportPage({ events: events.slice(0, 3), nodes, silent: [{ node: 'node2', why: 'no answer' }], period });
  expect(page).toContain('node2 did not tell its events');
  expect(page).toMatch(/Not running now:<\/b> vm01/);
});

it('a report of a cluster without any event says so', () => {
  expect(reportPage({ events: [], nodes, silent: [], period })).toContain('Nothing is known of any VM');
});
