import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, parseNetwork } from '../../../../lib/ocf/network.ts';

const near = fc.string({ unit: fc.constantFrom(...'0123456789abcdef:.g%/ '), maxLength: 24 });
const address = fc.oneof(fc.ipV4(), fc.ipV6());

describe('a network', () => {
  it.each([
    '192.168.1.0/24',
    '10.0.0.7/8',
    '0.0.0.0/0',
    'fd00:1::/64',
    '::/0',
    '::ffff:10.0.0.0/104',
    '1:2:3:4:5:6:7:8/128',
  ])('%s is one', (text) => {
    expect(parseNetwork(text)).toBeDefined();
  });

  it.each([
    '',
    '10.0.0.1',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/24',
    '010.0.0.0/8',
    '10.0.0.0/-1',
    '10.0.0.0/8 ',
    '1::2::3/64',
    ':1/64',
    '1:/64',
    '$(x)/8',
  ])('"%s" is none', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });

  it('is one exactly when its address is, as the runtime judges', () => {
    fc.assert(
      fc.property(fc.oneof(address, near), (text) => {
        expect(parseNetwork(`${text}/8`) !== undefined).toBe(isIP(text) !== 0 && !text.includes('%'));
      }),
      { numRuns: 2000 },
    );
  });

  it('holds the addresses that the runtime finds in it', () => {
    fc.assert(
      fc.property(address, address, fc.nat(128), (base, other, length) => {
        const family = isIP(base) === 4 ? 'ipv4' : 'ipv6';
        const prefix = family === 'ipv4' ? length % 33 : length;
        const list = new BlockList();
        list.addSubnet(base, prefix, family);
        const network = parseNetwork(`${base}/${prefix}`);
        if (network === undefined) throw new Error(`${base}/${prefix} is none`);
        expect(holds(network, base)).toBe(true);
        if (isIP(other) === isIP(base)) expect(holds(network, other)).toBe(list.check(other, family));
        else expect(holds(network, other)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
