import type { Deadline } from '../../lib/ocf/deadline.ts';
import { failed } from '../../lib/ocf/error.ts';
import type { Clock } from '../../lib/system/clock.ts';
import { oneLine } from '../../lib/system/log.ts';
import { lastWords, type Runner } from '../../lib/system/runner.ts';
import type { Recipient } from './recipient.ts';

/** What a recipient is sent. */
export interface Message {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  /** For programs: sent beside the text to a webhook, and on the standard input of a command. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What sending needs. */
export interface Post {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly deadline: Deadline;
  /** The sender of a mail; that of the mail system if not given. */
  readonly from: string | undefined;
}

/** The first pause between two tries, in milliseconds; they grow. */
const firstPauseMs = 1000;

/**
 * Sends a message, and tries again until the deadline: when a node has died, the network may need a moment.
 *
 * @throws OcfError exit 1 when it could not be sent, with the last problem.
 */
export async function send(recipient: Recipient, message: Message, post: Post): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    const problem = await trySend(recipient, message, post);
    if (problem === undefined) return;
    if (post.deadline.remaining() <= pauseMs)
      throw failed(`the alarm could not be sent: ${problem}`, 'try it: ocf-virt alarm-test');
    await post.clock.sleep(pauseMs);
  }
}

/** One try; undefined when it was sent, else what stood in the way. */
async function trySend(recipient: Recipient, message: Message, post: Post): Promise<string | undefined> {
  const { runner, deadline } = post;
  if (recipient.kind === 'webhook') return await postTo(recipient.url, message, deadline);
  const [program, args, input] =
    recipient.kind === 'mail'
      ? (['sendmail', ['-oi', '-t'], mailOf(recipient.address, message, post.from)] as const)
      : ([recipient.path, [], `${JSON.stringify({ text: message.text, ...message.data })}\n`] as const);
  const answer = await runner.perform(program, args, deadline, input);
  return answer.outcome === 'exited' && answer.code === 0 ? undefined : `${program}: ${lastWords(answer)}`;
}

async function postTo(url: string, { text, data }: Message, deadline: Deadline): Promise<string | undefined> {
  try {
    // `text` is what Slack, Mattermost, Rocket.Chat and Teams show.
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, ...data }),
      signal: AbortSignal.timeout(Math.max(1, Math.floor(deadline.remaining()))),
    });
    return answer.ok ? undefined : `${hostOf(url)} answered ${answer.status}`;
  } catch (error) {
    return `${hostOf(url)}: ${whyFetchFailed(error)}`;
  }
}

/** What of a webhook may stand in a log: its path, and a name and password in front of the host, are its secret. */
const hostOf = (url: string) => new URL(url).host;

/** The words of fetch about an address hold it whole; those about a connection have a cause, and name the host only. */
function whyFetchFailed(error: unknown): string {
  if (!(error instanceof Error)) return 'not sent';
  if (error.cause instanceof Error) return error.cause.message;
  return error.name === 'TimeoutError' ? error.message : 'the address cannot be used';
}

/** A mail (RFC 5322) of plain text in UTF-8. */
function mailOf(address: string, { subject, text }: Message, from: string | undefined): string {
  const headers = [
    ...(from === undefined ? [] : [`From: ${oneLine(from)}`]),
    `To: ${address}`,
    `Subject: ${encodedWord(oneLine(subject))}`,
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ];
  return `${headers.join('\n')}\n\n${text}\n`;
}

/** A header's text; RFC 2047 where it is not ASCII. */
const encodedWord = (text: string) =>
  /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
