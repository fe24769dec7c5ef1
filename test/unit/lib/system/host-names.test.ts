import { expect, it } from 'vitest';
import { deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { hostNames } from '../../../../lib/system/host-names.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

it.each([
  ['192.168.1.2     node2.example.org node2\n', 0, ['node2', 'node2.example.org']],
  ['', 2, ['node2']],
  ['127.0.0.1       localhost localhost.localdomain node2\n', 0, ['node2']],
])('a host has its name, and that of the resolver: %j', (stdout, code, expected) => {
  const runner = scriptedRunner(() => ({ stdout, code }));
  expect(
    hostNames(
      runner,
      'node2',
      deadlineAt(1e9, () => 0),
    ),
  ).toEqual(expected);
});
