import { onTestFinished } from 'vitest';
import type { Runner, RunResult } from '../../lib/system/runner.ts';

/** What a command answers, beyond an exit code of 0 and no output; undefined fails the test. */
export type Script = (program: string, args: readonly string[]) => Partial<RunResult> | undefined;

/**
 * A runner that runs nothing and answers as its script says; it keeps the calls. To be made inside a test: a command
 * that is not in the script fails that test, even where the tested code takes the error for an answer.
 */
export function scriptedRunner(script: Script): Runner & { readonly calls: string[][] } {
  const calls: string[][] = [];
  const unscripted: string[] = [];
  onTestFinished(() => {
    if (unscripted.length > 0) throw new Error(`not in the script: ${unscripted.join('; ')}`);
  });

  function answer(program: string, args: readonly string[]): RunResult {
    calls.push([program, ...args]);
    const given = script(program, args);
    if (given === undefined) {
      unscripted.push([program, ...args].join(' '));
      throw new Error(`not in the script: ${[program, ...args].join(' ')}`);
    }
    const outcome = given.outcome ?? 'exited';
    return { outcome, code: outcome === 'exited' ? 0 : -1, stdout: '', stderr: '', ...given };
  }

  return {
    calls,
    query: answer,
    perform: async (program, args) => answer(program, args),
    converse: async (program, args, reply) => {
      const result = answer(program, args);
      reply(result.stdout);
      return result;
    },
    launch: async (program, args) => {
      const { outcome, code, stdout, stderr } = answer(program, args);
      if (outcome === 'missing' || outcome === 'denied') throw new Error(`spawn ${program} failed`);
      return {
        pid: 4711,
        output: () => stdout + stderr,
        ended: async () => (outcome === 'exited' ? code : undefined),
      };
    },
  };
}
