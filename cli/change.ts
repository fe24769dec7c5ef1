import { failed } from '../lib/ocf/error.ts';
import { fromNow } from '../lib/system/clock.ts';
import { lastWords } from '../lib/system/runner.ts';
import { quoteWord } from '../lib/system/shell-words.ts';
import type { Outcome, Tools } from './command.ts';

/** One command that changes the cluster. */
export interface Change {
  /** What it brings, as a sentence without its full stop. */
  readonly why: string;
  /** The program and its arguments, which no shell ever sees. */
  readonly command: readonly [program: string, ...args: string[]];
}

/** The command as one line that a shell reads back as exactly these words. */
export const asShellLine = ({ command }: Change): string => command.map(quoteWord).join(' ');

/**
 * Makes the changes one after the other; with `dryRun` only prints the commands, ready to be run by hand.
 *
 * @param seconds that each command has.
 * @throws OcfError exit 1 with the words of the first command that failed, and what was done before.
 */
export async function makeChanges(
  changes: readonly Change[],
  { tools, seconds, dryRun }: { readonly tools: Tools; readonly seconds: number; readonly dryRun: boolean },
): Promise<Outcome> {
  const json = changes.map(({ why, command }) => ({ why, command }));
  if (dryRun) {
    return { exit: 0, text: changes.map((change) => `${asShellLine(change)}\n`).join(''), json: { changes: json } };
  }
  const done: string[] = [];
  for (const change of changes) {
    const before = done.length === 0 ? 'nothing was changed' : `done before: ${done.join('; ')}`;
    if (tools.interrupted.aborted) throw failed('interrupted', before);
    tools.terminal.progress([change.why]);
    const [program, ...args] = change.command;
    const answer = await tools.runner.perform(program, args, fromNow(seconds * 1000, tools.clock));
    if (answer.outcome !== 'exited' || answer.code !== 0) {
      throw failed(`${change.why}: ${asShellLine(change)} failed: ${lastWords(answer)}`, before);
    }
    done.push(change.why);
  }
  return { exit: 0, text: done.map((what) => `${what}.\n`).join(''), json: { changes: json } };
}
