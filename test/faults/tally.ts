import type { Invariant, Violation } from './cluster.ts';

/** The invariants in words. */
export const invariants: Readonly<Record<Invariant, string>> = {
  a: 'no VM runs on two nodes',
  b: 'no VM is called running that does not run, and none stopped that may run',
  c: "no user's file is changed",
  d: 'every failure has one reason, which names the VM and a remedy',
  e: 'nothing that a tool prints is executed or handed on',
};

/** Cases and violations of one agent under one kind of fault. */
export interface Tally {
  cases: number;
  readonly violations: Record<Invariant, number>;
}

/** Tallies by agent, then by kind of fault. */
export type Tallies = Record<string, Record<string, Tally>>;

/** Counts one case. */
export function count(tallies: Tallies, agent: string, fault: string, violations: readonly Violation[]): void {
  tallies[agent] ??= {};
  const byFault = tallies[agent];
  byFault[fault] ??= { cases: 0, violations: { a: 0, b: 0, c: 0, d: 0, e: 0 } };
  const tally = byFault[fault];
  tally.cases += 1;
  for (const { invariant } of violations) tally.violations[invariant] += 1;
}

/** The kind of a fault: every recorded error is one kind. */
export const kindOfFault = (name: string) =>
  name.startsWith('error: ') ? 'an error that was recorded' : name.replace(/^truncated.*/, 'truncated');

/** All cases of an agent. */
export function total(byFault: Readonly<Record<string, Tally>>): Tally {
  const sum: Tally = { cases: 0, violations: { a: 0, b: 0, c: 0, d: 0, e: 0 } };
  for (const { cases, violations } of Object.values(byFault)) {
    sum.cases += cases;
    for (const one of ['a', 'b', 'c', 'd', 'e'] as const) sum.violations[one] += violations[one];
  }
  return sum;
}

/** A table in Markdown: fault by agent, `cases: violations of a, b, …`. */
export function table(tallies: Tallies): string {
  const agents = Object.keys(tallies);
  const faults = [...new Set(agents.flatMap((agent) => Object.keys(tallies[agent] ?? {})))];
  const cell = (tally: Tally | undefined) => {
    if (tally === undefined) return '';
    const found = Object.entries(tally.violations).filter(([, number]) => number > 0);
    return `${tally.cases}${found.length === 0 ? '' : `: **${found.map(([letter, number]) => `${letter} ${number}`).join(', ')}**`}`;
  };
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return [
    row(['fault', ...agents]),
    row(['---', ...agents.map(() => '---')]),
    ...faults.map((fault) => row([fault, ...agents.map((agent) => cell(tallies[agent]?.[fault]))])),
    row(['**all**', ...agents.map((agent) => cell(total(tallies[agent] ?? {})))]),
  ].join('');
}
