import { consistsOf, isDigits, isPlainWord } from '../../system/letters.ts';

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
  if (header === undefined || (header !== usualHeader && !headerPattern.test(header))) {
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

/** What xl prints (seen with 4.17). */
const usualHeader = 'Name                                        ID   Mem VCPUs\tState\tTime(s)';

const headerPattern = /^Name\s+ID\s+Mem\s+VCPUs\s+State\s+Time\(s\)$/;

/** What only the end of a row looks like: in a name it means that the line end between two rows was lost. */
const rowEnd = / [r-][b-][p-][s-].[d-]\s+\d+\.\d/;

/** The letters that each place of the State column may have. */
const stateLetters = ['r-', 'b-', 'p-', 's-', '-rscwS?', 'd-'];

/** No row is longer. */
const longestRow = 1000;

/** Column by column from the right: a pattern for all would be shorter, and slower where there is one row (consistsOf). */
function parseRow(line: string): DomainRow | undefined {
  if (line.length > longestRow) return undefined;
  let name = line;
  const column = () => {
    const from = name.lastIndexOf(' ') + 1;
    const word = name.slice(from);
    name = name.slice(0, from).trimEnd();
    return word;
  };
  const [seconds, state, vcpus, memory, id] = [column(), column(), column(), column(), column()];
  if (!isSeconds(seconds) || !isState(state) || !isDigits(vcpus) || !isDigits(memory) || !isDigits(id))
    return undefined;
  if (name === '' ? !line.startsWith('  ') : isTwoRows(name)) return undefined;
  return {
    name,
    id: Number(id),
    memoryMiB: Number(memory),
    vcpus: Number(vcpus),
    flags: {
      paused: state.charAt(2) === 'p',
      stopped: state.charAt(3) === 's' ? (reasons[state.charAt(4)] ?? 'other') : 'none',
      dying: state.charAt(5) === 'd',
    },
  };
}

/** With one decimal, as in `9.2`. */
const isSeconds = (text: string) => isDigits(text.slice(0, -2)) && text.at(-2) === '.' && isDigits(text.slice(-1));

function isState(text: string): boolean {
  for (let at = 0; at < stateLetters.length; at += 1) {
    if (!consistsOf(stateLetters[at] ?? '', text.charAt(at))) return false;
  }
  return text.length === stateLetters.length;
}

/** Only a name with blanks can hold the end of a row, and one of any kind of line end is none. */
const isTwoRows = (name: string) => !isPlainWord(name) && (rowEnd.test(name) || /[\r\u2028\u2029]/.test(name));

/** Xen's SHUTDOWN_ codes in the order of xl's letters; a soft reset has none and shows as `?`. */
const reasons: Readonly<Record<string, DomainFlags['stopped']>> = {
  '-': 'poweroff',
  r: 'reboot',
  s: 'suspend',
  c: 'crash',
  w: 'watchdog',
};
