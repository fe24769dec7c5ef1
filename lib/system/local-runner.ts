import { query } from './query.ts';
import type { Runner } from './runner.ts';

/** The runner of this machine. Only `query` is loaded with it. */
export const localRunner: Runner = {
  query,
  perform: async (program, args, deadline, input) =>
    (await import('./perform.ts')).perform(program, args, deadline, input),
  converse: async (program, args, reply, deadline) =>
    (await import('./converse.ts')).converse(program, args, reply, deadline),
  launch: async (program, args, logFile, more) => (await import('./launch.ts')).launch(program, args, logFile, more),
};
