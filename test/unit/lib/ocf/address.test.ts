import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { isHostAddress } from '../../../../lib/ocf/address.ts';

describe('an address of a host', () => {
  it.each([
    '10.0.0.1',
    '::1',
    'fe80::1%eth0',
    '2001:db8::7',
    'node1',
    'node-1.example.org',
    'node1.',
    'n',
    '1node',
    'a_b',
    '9'.repeat(63),
  ])('can be %s', (text) => expect(isHostAddress(text)).toBe(true));
});

describe('no address of a host', () => {
  it.each([
    '',
    ' ',
    '-oProxyCommand=reboot',
    '-l',
    'node1 ',
    ' node1',
    'node1\n',
    'node1;reboot',
    'node1 reboot',
    '$(reboot)',
    '`reboot`',
    'a|b',
    'a&b',
    'a>b',
    "a'b",
    'a"b',
    'a\\b',
    'root@node1',
    'node1:22',
    'a..b',
    '.a',
    'a-.b',
    '10.0.0.1\n',
    'ä',
    '::1%$(reboot)',
    '::1%;reboot',
    '::1%a b',
    'a'.repeat(254),
  ])('is %j', (text) => expect(isHostAddress(text)).toBe(false));
});

it('nothing that passes has a meaning to a shell or begins like an option', () => {
  const near = fc.array(fc.constantFrom(...'ab1.:-%_~!#$&*()[]{}|;\'"\\<>? \n\t=@/`^'), { maxLength: 12 });
  fc.assert(
    fc.property(
      fc.oneof(
        near.map((letters) => letters.join('')),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        if (isHostAddress(text)) expect(text).toMatch(/^[A-Za-z0-9_:][A-Za-z0-9_.:%-]*$/);
      },
    ),
    { numRuns: 3000 },
  );
});

it('a runtime that takes any zone of an IPv6 address changes nothing', async () => {
  vi.resetModules();
  vi.doMock('node:net', () => ({ isIP: () => 6 }));
  const { isHostAddress: strict } = await import('../../../../lib/ocf/address.ts');
  vi.doUnmock('node:net');
  expect(strict('fe80::1%;reboot')).toBe(false);
  expect(strict('fe80::1%eth0')).toBe(true);
});
