import type { Deadline } from '../ocf/deadline.ts';
import { lastWords, type Runner } from './runner.ts';

/**
 * Reads a file on storage that may hang. A process of its own does it, which can be killed; a read by this process could
 * not be ended. In base64, because the file may be in any encoding.
 *
 * @throws Error with the words of the reader when the file cannot be read before the deadline.
 */
export async function readFileInTime(runner: Runner, path: string, deadline: Deadline): Promise<Buffer> {
  const answer = await runner.perform('base64', ['--wrap=0', '--', path], deadline);
  if (answer.outcome === 'exited' && answer.code === 0) return Buffer.from(answer.stdout, 'base64');
  throw new Error(lastWords(answer).replace(/^base64: /, ''));
}
