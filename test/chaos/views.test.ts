import { expect, it } from 'vitest';
import { allAgree, type View } from './views.ts';

const names = ['node1', 'node2', 'node3'];

/** The view of a node that sees some online. */
const view = (node: string, online: readonly string[] = names, quorum = true): View => ({
  node,
  xml: '',
  status: {
    quorum,
    dc: 'node3',
    nodes: names.map((name) => ({
      name,
      online: online.includes(name),
      standby: false,
      maintenance: false,
      unclean: false,
      expectedUp: true,
    })),
    resources: [],
    failures: [],
  },
});

it('nodes that all see all agree', () => {
  expect(
    allAgree(
      names.map((name) => view(name)),
      names,
    ),
  ).toBe(true);
});

it.each([
  [
    'one has thawed, and the others miss it',
    [view('node1'), view('node2', ['node2', 'node3']), view('node3', ['node2', 'node3'])],
  ],
  ['one does not answer', [view('node2'), view('node3')]],
  ['one has no quorum', [view('node1'), view('node2'), view('node3', names, false)]],
])('nodes do not agree while %s', (_, views) => {
  expect(allAgree(views, names)).toBe(false);
});
