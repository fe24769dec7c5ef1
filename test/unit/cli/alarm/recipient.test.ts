import { expect, it } from 'vitest';
import { parseRecipient } from '../../../../cli/alarm/recipient.ts';

it.each([
  ['mail:admin@example.org', { kind: 'mail', address: 'admin@example.org' }],
  ['admin@example.org', { kind: 'mail', address: 'admin@example.org' }],
  ['mail:root', { kind: 'mail', address: 'root' }],
  ['https://chat.example.org/hooks/1?a=b', { kind: 'webhook', url: 'https://chat.example.org/hooks/1?a=b' }],
  ['http://[::1]:8080/', { kind: 'webhook', url: 'http://[::1]:8080/' }],
  ['command:/usr/local/bin/page', { kind: 'command', path: '/usr/local/bin/page' }],
])('%s is a recipient', (text, expected) => {
  expect(parseRecipient(text)).toEqual(expected);
});

it.each([
  ...[
    '',
    'root',
    'mail:',
    'mail:-f@x',
    'mail:a@b,c@d',
    'mail:a b@c',
    'https://',
    'ftp://x/y',
    'command:page',
    '/bin/page',
  ],
  'mail:a@b\nBcc: c@d',
])('%j is none', (text) => {
  expect(() => parseRecipient(text)).toThrow('is neither');
});
