import type { RunResult } from '../../lib/system/runner.ts';
import type { Call } from './agent-run.ts';
import { recordedErrors } from './recorded-errors.ts';

/** What becomes of one call. */
export type Effect =
  /** The program is not run; this comes back. */
  | { readonly kind: 'instead'; readonly result: RunResult }
  /** It is run, and what it says is changed, or it is killed in its middle. */
  | { readonly kind: 'spoil'; readonly spoil: (result: RunResult) => RunResult; readonly midway: boolean }
  | { readonly kind: 'hang'; readonly ignoresSigterm: boolean }
  | { readonly kind: 'slow'; readonly ms: number; readonly factor: number }
  /** The agent is killed at this call: alone, or as Pacemaker does it. */
  | { readonly kind: 'kill'; readonly when: 'before' | 'during' | 'after'; readonly withGroup: boolean };

/** A kind of fault, and what it does to a call; undefined where it does not apply. */
export interface Fault {
  readonly name: string;
  /** The agent dies of it: there is no lasting form. */
  readonly kills?: boolean;
  effect(call: Call): Effect | undefined;
}

/** A line that would run something if anybody gave it to a shell, or took it for an option or a path. */
export const injected = '$(touch PWNED); `touch PWNED` | touch PWNED & -rf /PWNED %s \u001b[31m';

const exited = (code: number, stdout = '', stderr = ''): RunResult => ({ outcome: 'exited', code, stdout, stderr });
const instead = (result: RunResult): Effect => ({ kind: 'instead', result });
const spoil = (change: (result: RunResult) => RunResult): Effect => ({ kind: 'spoil', spoil: change, midway: false });
const ended = (outcome: RunResult['outcome'], stdout = ''): RunResult => ({ outcome, code: -1, stdout, stderr: '' });
const cut = (bytes: number) => () =>
  spoil((result) => ({ ...result, outcome: 'exited', code: 0, stdout: result.stdout.slice(0, bytes) }));

const noise = `\u0000\u0001\u00ff\u00fe${injected}\n`;
const flood = 'libxl: warning: something is wrong with this line\n'.repeat(21_000);

const general: readonly Fault[] = [
  { name: 'missing', effect: () => instead(ended('missing')) },
  { name: 'not executable', effect: () => instead(ended('denied')) },
  { name: 'hang', effect: () => ({ kind: 'hang', ignoresSigterm: false }) },
  { name: 'hang that ignores SIGTERM', effect: () => ({ kind: 'hang', ignoresSigterm: true }) },
  { name: 'garbage', effect: () => instead(exited(0, noise)) },
  { name: 'garbage and exit 1', effect: () => instead(exited(1, '', noise)) },
  { name: 'nothing and exit 0', effect: () => instead(exited(0)) },
  { name: 'nothing and exit 1', effect: () => instead(exited(1)) },
  { name: 'crash of the tool', effect: () => instead(exited(139, '', 'Segmentation fault\n')) },
  { name: 'truncated', effect: cut(40) },
  { name: 'truncated in the second line', effect: cut(150) },
  {
    name: 'truncated at the end of the first line',
    effect: () =>
      spoil((result) => ({ ...result, outcome: 'exited', code: 0, stdout: result.stdout.replace(/\n[\s\S]*/, '\n') })),
  },
  { name: 'output without end', effect: () => instead(ended('flooded', flood)) },
  { name: 'slow by 3x', effect: () => ({ kind: 'slow', ms: 3000, factor: 3 }) },
  { name: 'killed before it began', effect: () => instead(ended('killed')) },
  {
    name: 'killed in the middle',
    effect: ({ way }) => (way === 'query' ? undefined : { kind: 'spoil', spoil: (result) => result, midway: true }),
  },
  { name: 'killed when it was done', effect: () => spoil(() => ended('killed')) },
  { name: 'done, but the answer is an error', effect: () => spoil(() => exited(1, '', 'Connection reset by peer\n')) },
];

const killed = (name: string, when: 'before' | 'during' | 'after', withGroup: boolean): Fault => ({
  name,
  kills: true,
  effect: ({ way }) => (when === 'before' || way !== 'query' ? { kind: 'kill', when, withGroup } : undefined),
});

/** The agent itself dies: between two calls, or in a long one, with what it runs or without. */
const agentDeaths: readonly Fault[] = [
  killed('agent killed before the call', 'before', true),
  killed('agent killed in the call, with its process group', 'during', true),
  killed('agent killed in the call, alone', 'during', false),
  killed('agent killed after the call', 'after', true),
];

/** Every fault that a call can meet. */
export function faultsOf(call: Call): readonly Fault[] {
  const errors = recordedErrors(call).map(({ name, code, stdout = '', stderr = '' }) => ({
    name: `error: ${name}`,
    effect: () => instead(exited(code, stdout, stderr)),
  }));
  return [...general, ...errors, ...agentDeaths].filter((fault) => fault.effect(call) !== undefined);
}

/** Which calls of an action meet a fault. */
export interface FaultPlan {
  next(call: Call): Effect | undefined;
}

export const noFault: FaultPlan = { next: () => undefined };

/** What makes two calls the same question: the program and its sub-command. */
export const kindOf = ({ program, args }: Call) => {
  const words =
    program === 'ssh'
      ? [args.at(-1)?.split(' ').slice(0, 2).join(' ')]
      : args.filter((word) => /^[a-z][\w./-]*$/i.test(word) && !word.startsWith('/')).slice(0, 1);
  return [program, ...words].join(' ');
};

/** A fault of the call with this number, and of all later calls of its kind if it lasts. */
export function planOf(fault: Fault, at: number, isLasting: boolean): FaultPlan & { readonly isSpent: () => boolean } {
  let count = 0;
  let kind: string | undefined;
  return {
    next: (call) => {
      count += 1;
      if (count === at + 1) kind = kindOf(call);
      const hit = count === at + 1 || (isLasting && kind !== undefined && kindOf(call) === kind);
      return hit ? fault.effect(call) : undefined;
    },
    isSpent: () => kind !== undefined,
  };
}
