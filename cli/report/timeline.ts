import type { Life } from '../../lib/history/lives.ts';
import { escapeXml } from '../../lib/render/xml.ts';
import { duration } from '../duration.ts';
import { localTime } from '../local-time.ts';

/** The time that a picture shows, in milliseconds since 1970. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

const labelWidth = 190;
/** Half of the widest label of a tick, which must not leave the picture. */
const labelHalf = 36;
const width = 1120;
const laneHeight = 20;
const gap = 14;
const top = 34;

/** Tells the colours of up to eight nodes apart, also for people who do not see red and green apart; then they repeat. */
const colours = ['#4477aa', '#ccbb44', '#228833', '#aa3377', '#66ccee', '#997700', '#555588', '#88aa99'];
export const colourOf = (node: string, nodes: readonly string[]): string =>
  colours[Math.max(0, nodes.indexOf(node)) % colours.length] ?? '#4477aa';

/**
 * Draws a lane for each VM and node on which it ran, a bar for each time that it ran there, and a band over the lanes of a
 * VM for each time that it ran nowhere.
 */
export function timeline(lives: readonly Life[], nodes: readonly string[], { fromMs, toMs }: Period): string {
  const scale = (width - labelWidth - 10) / Math.max(1, toMs - fromMs);
  const x = (ms: number) => labelWidth + (Math.min(Math.max(ms, fromMs), toMs) - fromMs) * scale;
  const span = (from: number, to: number) =>
    `x="${x(from).toFixed(1)}" width="${Math.max(1.5, x(to) - x(from)).toFixed(1)}"`;
  const during = (from: number, to: number) => `${localTime(from)} – ${localTime(to)} (${duration(to - from)})`;
  const title = (text: string) => `<title>${escapeXml(text)}</title>`;
  const parts: string[] = [];
  let y = top;
  for (const life of lives) {
    const own = [...new Set(life.stays.map(({ node }) => node))].sort();
    const lanes = own.length === 0 ? [''] : own;
    const height = lanes.length * laneHeight;
    const laneOf = (node: string) => y + lanes.indexOf(node) * laneHeight;
    parts.push(
      `<rect class="vm" x="0" y="${y}" width="${width}" height="${height}"/>`,
      `<text class="name" x="6" y="${y + 14}">${escapeXml(short(life.vm, 16))}</text>`,
      ...lanes.map(
        (node) =>
          `<text class="node" x="${labelWidth - 8}" y="${laneOf(node) + 14}">${escapeXml(short(node, 12))}</text>`,
      ),
      ...life.stays.map(
        ({ node, fromMs: from, toMs: to }) =>
          `<rect class="stay" ${span(from, to)} y="${laneOf(node) + 3}" height="${laneHeight - 6}" fill="${colourOf(node, nodes)}">${title(`${life.vm} on ${node}: ${during(from, to)}`)}</rect>`,
      ),
      ...life.interruptions.map(
        ({ fromMs: from, toMs: to = toMs, planned, cause }) =>
          `<rect class="${planned ? 'planned' : 'unplanned'}" ${span(from, to)} y="${y}" height="${height}">${title(`${life.vm} did not run: ${cause}: ${during(from, to)}`)}</rect>`,
      ),
      ...life.moves.map(({ timeMs, from, to, seconds }) => {
        if (!lanes.includes(from) || !lanes.includes(to)) return '';
        const words = `${life.vm} moved from ${from} to ${to}, ${localTime(timeMs)}${seconds === undefined ? '' : ` (${duration(seconds * 1000)})`}`;
        return `<line class="move" x1="${x(timeMs).toFixed(1)}" x2="${x(timeMs).toFixed(1)}" y1="${laneOf(from) + laneHeight / 2}" y2="${laneOf(to) + laneHeight / 2}">${title(words)}</line>`;
      }),
      ...life.reboots.map(
        (time) =>
          `<path class="reboot" d="M${x(time).toFixed(1)} ${y}l4 -6h-8z">${title(`${life.vm} rebooted: ${localTime(time)}`)}</path>`,
      ),
    );
    y += height + gap;
  }
  const axis = ticks(fromMs, toMs).map(
    ({ ms, label }) =>
      `<line class="tick" x1="${x(ms).toFixed(1)}" x2="${x(ms).toFixed(1)}" y1="${top - 8}" y2="${y - gap + 4}"/>` +
      `<text class="tick" x="${Math.min(x(ms), width - labelHalf).toFixed(1)}" y="${top - 14}">${escapeXml(label)}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${y}" role="img" aria-label="where each VM ran">${axis.join('')}${parts.join('')}</svg>`;
}

const short = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

const steps = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000].map(
  (seconds) => seconds * 1000,
);

/** Some six to ten round times, in the zone of this node. */
function ticks(fromMs: number, toMs: number): { readonly ms: number; readonly label: string }[] {
  const step = steps.find((one) => (toMs - fromMs) / one <= 9) ?? 31_536_000_000;
  const zone = new Date(fromMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((fromMs - zone) / step) * step + zone;
  const found: { ms: number; label: string }[] = [];
  for (let ms = first; ms <= toMs; ms += step) {
    const text = localTime(ms);
    const label = step >= 86_400_000 ? text.slice(5, 10) : step >= 60_000 ? text.slice(5, 16) : text.slice(11);
    found.push({ ms, label });
  }
  return found;
}
