import { describe, expect, it } from 'vitest';
import { judgeWays, type NodeReach } from '../../../../cli/migration-address/matrix.ts';
import type { ReachFacts } from '../../../../lib/survey/reach.ts';

const own = (node: string, xen = '4.17.7') => ({ node, xen });
const node = (name: string, reach: ReachFacts, xen?: string): NodeReach => ({
  kind: 'answered',
  own: own(name, xen),
  reach,
});
const addresses = new Map([
  ['a', '10.0.0.1'],
  ['b', '10.0.0.2'],
]);

/** The way from a to b. */
const way = (reached: ReachFacts[string], toB: ReadonlyMap<string, string> = addresses) => {
  const nodes = new Map([
    ['a', node('a', { b: reached })],
    ['b', node('b', { a: { receiver: own('a') } })],
  ]);
  return judgeWays(nodes, toB).find(({ from }) => from === 'a');
};

describe('a way between two nodes', () => {
  it('is good when the right node answers with the same version of Xen', () => {
    expect(way({ receiver: own('b') })).toMatchObject({
      to: 'b',
      address: '10.0.0.2',
      isGood: true,
      short: 'ok',
      why: '',
    });
  });

  it.each([
    ['Host key verification failed.', 'host key'],
    ['root@10.0.0.2: Permission denied (publickey).', 'no login'],
    ['ssh: connect to host 10.0.0.2 port 22: Connection refused', 'refused'],
    ['no answer within 4.5 s', 'no answer'],
    ['ssh: connect to host 10.0.0.2 port 22: No route to host', 'no route'],
    ['something new', 'failed'],
  ])('that ssh does not go, "%s", is %s', (unreachable, short) => {
    expect(way({ unreachable })).toMatchObject({ isGood: false, short, why: expect.stringContaining(unreachable) });
  });

  it('that leads to another node is not good', () => {
    expect(way({ receiver: own('c') })).toMatchObject({ isGood: false, short: 'is c' });
  });

  it('to a node without xl, or with another version, is not good', () => {
    expect(way({ receiver: { node: 'b', xen: undefined, why: 'xl is not installed' } })).toMatchObject({
      short: 'no xl',
    });
    expect(way({ receiver: own('b', '4.14.1') })).toMatchObject({ isGood: false, short: 'xen 4.14.1' });
  });

  it('to a node without an address, and from one that does not answer, is not good', () => {
    expect(way({ receiver: own('b') }, new Map())).toMatchObject({ isGood: false, short: 'no address' });
    const nodes = new Map<string, NodeReach>([
      ['a', { kind: 'silent', why: 'no answer within 10 s' }],
      ['b', node('b', { a: { unreachable: 'no answer within 4 s' } })],
    ]);
    expect(judgeWays(nodes, addresses).map(({ short }) => short)).toEqual(['?', 'no answer']);
  });
});
