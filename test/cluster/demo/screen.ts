/** What the demo shows while it runs: one line a step, with the seconds; on a terminal the line lives. */
export interface Screen {
  readonly heading: (text: string) => void;
  /** Something worth reading that happened in the running step. */
  readonly note: (text: string) => void;
  readonly print: (text?: string) => void;
  /** Runs a step under a title. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  readonly bold: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

/** The screen on standard output. Colours and the living line only where a person looks on. */
export function createScreen(): Screen {
  const terminal = process.stdout.isTTY === true;
  const colours = terminal && process.env['NO_COLOR'] === undefined;
  const paint = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, red, green, dim] = [paint(1), paint(31), paint(32), paint(2)];
  const begun = performance.now();
  const clock = () => `${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`;
  const print = (text = '') => process.stdout.write(`${terminal ? '\r\u001b[K' : ''}${text}\n`);
  const note = (text: string) => print(`${dim(clock())}      ${text}`);
  return {
    bold,
    red,
    green,
    print,
    note,
    heading: (text) => print(`\n${bold(text)}`),
    step: async (title, work) => {
      print(`${dim(clock())}  ${bold('..')}  ${title}`);
      const start = performance.now();
      const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
      const live = terminal
        ? setInterval(() => process.stdout.write(`\r\u001b[K${dim(`${clock()}      working for ${seconds()} s`)}`), 200)
        : undefined;
      try {
        const result = await work();
        print(`${dim(clock())}  ${green('ok')}  ${title} ${dim(`(${seconds()} s)`)}`);
        return result;
      } catch (error) {
        print(`${dim(clock())}  ${red('FAILED')}  ${title} ${dim(`(${seconds()} s)`)}`);
        throw error;
      } finally {
        clearInterval(live);
      }
    },
  };
}

/** Lines up the cells of rows. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
