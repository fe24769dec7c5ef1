import { badArguments } from '../../lib/ocf/error.ts';

/** Where an alarm goes. */
export type Recipient =
  | { readonly kind: 'mail'; readonly address: string }
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'command'; readonly path: string };

/**
 * Reads `mail:admin@example.org`, `https://chat.example.org/hooks/1` or `command:/usr/local/bin/page`.
 *
 * @throws OcfError exit 2 when it is none of these.
 */
export function parseRecipient(text: string): Recipient {
  const [, address] = /^(?:mail:|mailto:)?([^\s@,<>:]+(?:@[^\s@,<>:]+)?)$/.exec(text) ?? [];
  if (address !== undefined && !address.startsWith('-') && (text.startsWith('mail') || text.includes('@')))
    return { kind: 'mail', address };
  if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) {
    const { username, password } = new URL(text);
    if (username === '' && password === '') return { kind: 'webhook', url: text };
    throw badArguments(
      'the recipient is a webhook with a name or a password in front of its host',
      'use a webhook whose path is its secret',
    );
  }
  const [, path] = /^command:(\/\S*)$/.exec(text) ?? [];
  if (path !== undefined) return { kind: 'command', path };
  throw badArguments(
    // Only the beginning: that of a webhook that was mistyped holds its secret.
    `the recipient ${JSON.stringify(text.length > 12 ? `${text.slice(0, 8)}…` : text)} is neither a mail address nor a webhook nor a command`,
    'write for example mail:admin@example.org, https://chat.example.org/hooks/1 or command:/usr/local/bin/page',
  );
}
