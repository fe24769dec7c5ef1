import { lastWords, type RunResult } from '../system/runner.ts';

/** What a tool of Pacemaker complained of that was asked for XML: it wraps its errors in that, too (seen with 2.1.5). */
export function complaintIn(answer: RunResult): string {
  const error = [...answer.stdout.matchAll(/<error>([^<]*)<\/error>/g)].at(-1)?.[1];
  const message = error ?? /<status\b[^>]*\bmessage="([^"]*)"/.exec(answer.stdout)?.[1];
  return message === undefined ? lastWords(answer) : message.replace(/^(error|crm_\w+|stonith_admin): /, '');
}
