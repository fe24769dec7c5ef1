/** A bar with the two ratios that it shows. */
export interface Bar {
  readonly title: string;
  readonly wall: number;
  readonly cpu: number;
}

/** Of the pictures of one page. */
export const colours = { wall: '#4878a8', cpu: '#e0a040', text: '#333', line: '#bbb' };
const [left, width, right, bar, step, top] = [250, 460, 70, 12, 40, 56];
const font = 'font-family="sans-serif" font-size="13"';

export const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A picture of bars: wall time and CPU time as parts of a reference, which is 1. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.flatMap(({ wall, cpu }) => [wall, cpu]));
  const scale = width / most;
  const height = top + bars.length * step + 10;
  const rows = bars.flatMap(({ title: name, wall, cpu }, index) => {
    const y = top + index * step;
    const one = (value: number, offset: number, colour: string) =>
      `<rect x="${left}" y="${y + offset}" width="${(value * scale).toFixed(1)}" height="${bar}" fill="${colour}"/>
<text x="${(left + value * scale + 6).toFixed(1)}" y="${y + offset + 11}" fill="${colours.text}">${value.toFixed(2)}</text>`;
    return [
      `<text x="${left - 10}" y="${y + 18}" text-anchor="end" fill="${colours.text}">${escaped(name)}</text>`,
      one(wall, 0, colours.wall),
      one(cpu, bar + 2, colours.cpu),
    ];
  });
  const reference = left + scale;
  return svg(left + width + right, height, [
    `<text x="10" y="20" font-weight="bold" fill="${colours.text}">${escaped(title)}</text>`,
    ...legend(['wall time', colours.wall], ['CPU time', colours.cpu]),
    `<line x1="${reference}" y1="${top - 6}" x2="${reference}" y2="${height - 6}" stroke="${colours.line}"/>`,
    ...rows,
  ]);
}

/** A row of coloured squares with their names. */
export function legend(...entries: readonly (readonly [name: string, colour: string])[]): string[] {
  let x = 10;
  return entries.flatMap(([name, colour]) => {
    const shapes = [
      `<rect x="${x}" y="30" width="12" height="12" fill="${colour}"/>`,
      `<text x="${x + 18}" y="41" fill="${colours.text}">${escaped(name)}</text>`,
    ];
    x += 40 + name.length * 7;
    return shapes;
  });
}

/** A picture of shapes, with a white ground. */
export const svg = (w: number, h: number, shapes: readonly string[]) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" ${font}>
<rect width="${w}" height="${h}" fill="white"/>
${shapes.join('\n')}
</svg>
`;
