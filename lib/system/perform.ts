import type { Deadline } from '../ocf/deadline.ts';
import { bun } from './bun.ts';
import type { RunResult } from './runner.ts';

/** Runs a program to its end; at the deadline it is killed with all its descendants. */
export async function perform(
  program: string,
  args: readonly string[],
  deadline: Deadline,
  input?: string,
): Promise<RunResult> {
  if (deadline.passed) return { outcome: 'timed-out', code: -1, stdout: '', stderr: '' };
  if (bun === undefined)
    return (await import('./perform-by-execa.ts')).performByExeca([program, ...args], deadline, input);
  return (await import('./perform-by-bun.ts')).performByBun(bun, [program, ...args], deadline, input);
}
