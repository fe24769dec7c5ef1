import type { HistoryEvent } from '../../lib/history/event.ts';
import { type Life, livesOf } from '../../lib/history/lives.ts';
import { escapeXml } from '../../lib/render/xml.ts';
import { duration } from '../duration.ts';
import { localTime } from '../local-time.ts';
import { colourOf, type Period, timeline } from './timeline.ts';

/** What a report is made from. */
export interface ReportFacts {
  readonly events: readonly HistoryEvent[];
  readonly nodes: readonly string[];
  readonly silent: readonly { readonly node: string; readonly why: string }[];
  readonly period: Period;
}

/** One page of HTML that needs nothing else: no script, no font, no network. */
export function reportPage({ events, nodes, silent, period }: ReportFacts): string {
  const lives = livesOf(events, period.toMs);
  const first = events[0]?.time;
  const shown = { ...period, fromMs: Math.max(period.fromMs, first ?? period.fromMs) };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>VMs of the cluster, ${localTime(shown.fromMs)} – ${localTime(shown.toMs)}</title>
<style>${style}</style>
</head>
<body>
<h1>Virtual machines of the cluster</h1>
<p>${localTime(shown.fromMs)} – ${localTime(shown.toMs)} (${duration(shown.toMs - shown.fromMs)}), nodes: ${nodes.map((node) => `<span class="key" style="background:${colourOf(node, nodes)}"></span>${escapeXml(node)}`).join(' ')}</p>
${silent.map(({ node, why }) => `<p class="warning"><b>${escapeXml(node)} did not tell its events</b>, so what happened there is missing: ${escapeXml(why)}</p>`).join('\n')}
${summary(lives)}
${lives.length === 0 ? '<p>Nothing is known of any VM in that time.</p>' : sections(lives, events, nodes, shown)}
<footer>Made by ocf-virt from the histories that the nodes keep. Times are those of the node that made this page.</footer>
</body>
</html>
`;
}

function summary(lives: readonly Life[]): string {
  const all = lives.flatMap(({ interruptions }) => interruptions);
  const unplanned = all.filter(({ planned }) => !planned);
  const worst = unplanned.reduce((most, { fromMs, toMs }) => Math.max(most, (toMs ?? fromMs) - fromMs), 0);
  const moves = lives.reduce((sum, life) => sum + life.moves.length, 0);
  const open = unplanned.filter(({ toMs }) => toMs === undefined).map(({ vm }) => vm);
  const figures = [
    [String(lives.length), lives.length === 1 ? 'VM' : 'VMs'],
    [String(unplanned.length), unplanned.length === 1 ? 'failure' : 'failures'],
    [unplanned.length === 0 ? '–' : duration(worst), 'longest failure'],
    [String(all.length - unplanned.length), 'planned stops'],
    [String(moves), moves === 1 ? 'migration' : 'migrations'],
  ];
  const cards = figures.map(([figure, what]) => `<div><b>${figure}</b><span>${what}</span></div>`).join('');
  const warning =
    open.length === 0 ? '' : `<p class="warning"><b>Not running now:</b> ${escapeXml(open.join(', '))}</p>`;
  return `<div class="figures">${cards}</div>${warning}`;
}

function sections(
  lives: readonly Life[],
  events: readonly HistoryEvent[],
  nodes: readonly string[],
  period: Period,
): string {
  const interruptions = lives
    .flatMap((life) => life.interruptions)
    .sort((one, other) => Number(one.planned) - Number(other.planned) || one.fromMs - other.fromMs);
  const fencings = events.filter(({ event }) => event === 'fenced');
  return `<h2>Where each VM ran</h2>
${timeline(lives, nodes, period)}
<p class="legend"><span class="key stay"></span>ran, in the colour of its node <span class="key unplanned"></span>did not run: a failure <span class="key planned"></span>did not run: stopped in good order <span class="key move"></span>migrated ▾ rebooted</p>
<h2>Interruptions</h2>
${
  interruptions.length === 0
    ? '<p>None.</p>'
    : htmlTable(
        ['VM', 'ran on', 'from', 'until', 'time', 'cause', 'ran again on'],
        interruptions.map(({ vm, node = '', fromMs, toMs, cause, planned, againOn = '' }) => ({
          cells: [
            vm,
            node,
            localTime(fromMs),
            toMs === undefined ? 'not running now' : localTime(toMs),
            duration((toMs ?? period.toMs) - fromMs),
            cause,
            againOn,
          ],
          kind: planned ? 'planned' : 'unplanned',
        })),
      )
}
<h2>Availability</h2>
${htmlTable(
  ['VM', 'available', 'ran', 'failures', 'down by failures', 'stopped in good order', 'migrations', 'reboots'],
  lives.map((life) => ({
    cells: [
      life.vm,
      life.availability === undefined ? '–' : `${percent(life.availability)} %`,
      duration(life.upMs),
      String(life.interruptions.filter(({ planned }) => !planned).length),
      spent(life.unplannedMs),
      spent(life.plannedMs),
      String(life.moves.length),
      String(life.reboots.length),
    ],
  })),
)}
<p class="note">Available: the share of the time in which the VM ran, of that in which it was not stopped in good order. A VM counts as running until somebody saw it dead, its node was fenced, or it was started elsewhere.</p>
${
  fencings.length === 0
    ? ''
    : `<h2>Fenced nodes</h2>${htmlTable(
        ['node', 'when'],
        fencings.map(({ node, time }) => ({ cells: [node, localTime(time)] })),
      )}`
}`;
}

const spent = (ms: number) => (ms === 0 ? '–' : duration(ms));

/** Rounded down, so that 100 % means what it says. */
const percent = (share: number) => (Math.floor(share * 1e5) / 1e3).toFixed(3);

function htmlTable(
  headings: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly kind?: string }[],
): string {
  const head = headings.map((heading) => `<th>${heading}</th>`).join('');
  const body = rows.map(
    ({ cells, kind }) =>
      `<tr${kind === undefined ? '' : ` class="${kind}"`}>${cells.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`,
  );
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`;
}

const style = `
body { font: 14px/1.45 system-ui, "Liberation Sans", Arial, sans-serif; color: #1b1f24; background: #fff; max-width: 1140px; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.7em; margin: 0; } h2 { font-size: 1.15em; margin: 1.8em 0 .5em; }
.figures { display: flex; gap: 12px; margin: 1em 0; } .figures div { border: 1px solid #d5dae0; border-radius: 6px; padding: .5em 1.2em; }
.figures b { display: block; font-size: 1.5em; } .figures span { color: #59636e; }
.warning { background: #fff1e5; border-left: 4px solid #d1242f; padding: .5em .8em; }
svg { width: 100%; height: auto; font-size: 12px; } svg .vm { fill: #f4f6f8; } svg .name { font-weight: 600; }
svg .node { text-anchor: end; fill: #59636e; } svg text.tick { text-anchor: middle; fill: #59636e; font-size: 11px; }
svg line.tick { stroke: #d5dae0; } svg .move { stroke: #1b1f24; stroke-width: 1.5; } svg .reboot { fill: #1b1f24; }
.unplanned { fill: #d1242f; } .planned { fill: #b8c0c9; }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin: 0 5px 0 12px; vertical-align: -1px; }
.key.stay { background: #4477aa; } .key.unplanned { background: #d1242f; } .key.planned { background: #b8c0c9; } .key.move { width: 2px; background: #1b1f24; }
.legend, .note, footer { color: #59636e; font-size: .9em; } footer { margin-top: 3em; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: #59636e; font-weight: 600; }
th, td { padding: .35em .8em .35em 0; border-bottom: 1px solid #e4e8ec; vertical-align: top; } td { font-variant-numeric: tabular-nums; }
tr.unplanned td:first-child { border-left: 4px solid #d1242f; padding-left: .6em; } tr.planned td:first-child { border-left: 4px solid #b8c0c9; padding-left: .6em; }
@media print { body { margin: 0; max-width: none; } h2, tr, svg { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
`;
