import { colours, escaped, legend, svg } from './chart.ts';

/** One line of points, in the order of x. */
export interface Series {
  readonly title: string;
  readonly colour: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A picture of how values grow, with the line that fits each series. */
export function growthChart(title: string, axes: readonly [x: string, y: string], series: readonly Series[]): string {
  const [x0, y0, w, h] = [60, 300, 560, 230];
  const all = series.flatMap(({ points }) => points);
  const most = { x: Math.max(...all.map(([x]) => x)), y: Math.max(...all.map(([, y]) => y)) * 1.1 };
  const at = ([x, y]: readonly [number, number]) =>
    [(x0 + (x / most.x) * w).toFixed(1), (y0 - (y / most.y) * h).toFixed(1)] as const;
  const ticks = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => {
    const [x, y] = at([most.x * part, most.y * part]);
    return [
      `<text x="${x}" y="${y0 + 18}" text-anchor="middle" fill="${colours.text}">${Math.round(most.x * part)}</text>`,
      `<text x="${x0 - 8}" y="${Number(y) + 4}" text-anchor="end" fill="${colours.text}">${(most.y * part).toFixed(0)}</text>`,
      `<line x1="${x0}" y1="${y}" x2="${x0 + w}" y2="${y}" stroke="${colours.line}" stroke-width="0.5"/>`,
    ];
  });
  const lines = series.flatMap(({ points, colour }) => {
    const { base, each } = straightLine(points);
    const [[ax, ay], [bx, by]] = [at([0, base]), at([most.x, base + each * most.x])];
    return [
      `<line x1="${ax}" y1="${ay}" x2="${bx}" y2="${by}" stroke="${colour}"/>`,
      ...points.map((point) => `<circle cx="${at(point)[0]}" cy="${at(point)[1]}" r="4" fill="${colour}"/>`),
    ];
  });
  return svg(x0 + w + 40, y0 + 44, [
    `<text x="10" y="20" font-weight="bold" fill="${colours.text}">${escaped(title)}</text>`,
    ...legend(...series.map(({ title: name, colour }) => [name, colour] as const)),
    ...ticks,
    `<text x="${x0 + w / 2}" y="${y0 + 38}" text-anchor="middle" fill="${colours.text}">${escaped(axes[0])}</text>`,
    `<text x="14" y="${y0 - h - 8}" fill="${colours.text}">${escaped(axes[1])}</text>`,
    ...lines,
  ]);
}

/** The straight line of least squares: what there is without any, and what each one adds. */
export function straightLine(points: readonly (readonly [x: number, y: number])[]): {
  readonly base: number;
  readonly each: number;
} {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  const each = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread;
  return { base: my - each * mx, each };
}
