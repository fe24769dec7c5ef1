/** One row of `xl list`. */
export interface DomainRow {
  /** `(null)` for a domain that has no name yet, or no longer. */
  readonly name: string;
  readonly id: number;
  readonly memoryMiB: number;
  readonly vcpus: number;
  readonly flags: DomainFlags;
}

/** The six letters of the State column (tools/xl/xl_info.c, list_domains). */
export interface DomainFlags {
  readonly paused: boolean;
  /** Why the guest stopped; `none` while it has not. */
  readonly stopped: 'none' | 'poweroff' | 'reboot' | 'suspend' | 'crash' | 'watchdog' | 'other';
  readonly dying: boolean;
}

/** Either every line was understood, or the answer counts for nothing. */
export type DomainList = { readonly rows: readonly DomainRow[] } | { readonly problem: string };

/**
 * Parses the standard output of `xl list` or `xl list NAME`.
 *
 * All columns but the name are parsed from the right, because a name may contain blanks.
 */
export function parseDomainList(stdout: string): DomainList {
  const [header, ...lines] = stdout.split('\n');
  if (header === undefined || !/^Name\s+ID\s+Mem\s+VCPUs\s+State\s+Time\(s\)$/.test(header)) {
    return { problem: 'the header line is missing' };
  }
  // A complete answer ends with a line end; without one it was cut off.
  if (lines.pop() !== '') return { problem: 'the last line is cut off' };
  const rows: DomainRow[] = [];
  for (const line of lines) {
    const row = parseRow(line);
    if (row === undefined) return { problem: `this line is not understood: ${line.slice(0, 100)}` };
    rows.push(row);
  }
  return { rows };
}

/** What only the end of a row looks like: in a name it means that the line end between two rows was lost. */
const rowEnd = / [r-][b-][p-][s-].[d-]\s+\d+\.\d/;

const rowPattern = /^(.+?)\s+(\d+)\s+(\d+)\s+(\d+)\s+([r-][b-][p-][s-])([-rscwS?])([d-])\s+\d+\.\d$/;

/** No row is longer. The time that the pattern takes grows with the square of a run of blanks. */
const longestRow = 1000;

function parseRow(line: string): DomainRow | undefined {
  if (line.length > longestRow) return undefined;
  const [, name, id, memory, vcpus, flags, reason, dying] = rowPattern.exec(line) ?? [];
  if (name === undefined || flags === undefined || rowEnd.test(name)) return undefined;
  return {
    name,
    id: Number(id),
    memoryMiB: Number(memory),
    vcpus: Number(vcpus),
    flags: {
      paused: flags[2] === 'p',
      stopped: flags[3] === 's' ? (reasons[reason ?? '?'] ?? 'other') : 'none',
      dying: dying === 'd',
    },
  };
}

/** Xen's SHUTDOWN_ codes in the order of xl's letters; a soft reset has none and shows as `?`. */
const reasons: Readonly<Record<string, DomainFlags['stopped']>> = {
  '-': 'poweroff',
  r: 'reboot',
  s: 'suspend',
  c: 'crash',
  w: 'watchdog',
};
