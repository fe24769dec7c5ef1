import { describe, expect, it } from 'vitest';
import { readNodeAttribute, setUtilization } from '../../../../lib/cluster/attributes.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const soon = fromNow(1000, fakeClock());
const unset = { code: 105, stderr: 'crm_attribute: Error performing operation: No such device or address\n' };

/** Asks for an attribute whose permanent and transient values are answered like this. */
function ask(forever: Partial<RunResult>, reboot?: Partial<RunResult>) {
  const runner = scriptedRunner((program, args) => {
    const lifetime = args[args.indexOf('--lifetime') + 1];
    if (program !== 'crm_attribute' || !args.includes('--query')) return undefined;
    return lifetime === 'forever' ? forever : reboot;
  });
  return { read: () => readNodeAttribute(runner, 'node 2', 'ip; reboot', soon), runner };
}

describe('a node attribute', () => {
  it('that is permanent is asked for once, its names as they are', () => {
    const { read, runner } = ask({ stdout: '10.0.0.2\n' });
    expect(read()).toBe('10.0.0.2');
    expect(runner.calls).toEqual([
      'crm_attribute --node|node 2|--name|ip; reboot|--lifetime|forever|--query|--quiet'.replace(' ', '|').split('|'),
    ]);
  });

  it.each([unset, { code: 6 }, { stdout: '\n' }, { stdout: '(null)\n' }])(
    'that is not permanent, answered by %j, may be transient',
    (answer) => {
      expect(ask(answer, { stdout: '10.0.0.3\n' }).read()).toBe('10.0.0.3');
      expect(ask(answer, unset).read()).toBeUndefined();
    },
  );

  it.each([
    [{ code: 102, stderr: 'Could not connect to the CIB\n' }, 'Could not connect to the CIB'],
    [{ outcome: 'timed-out' }, 'no answer in time'],
    [{ outcome: 'missing' }, 'program not found'],
    [{ code: 1 }, 'exit code 1 and no message'],
  ] as const)('of a cluster that does not answer, %j, is a failure and not "not set"', (answer, words) => {
    for (const { read } of [ask(answer), ask(unset, answer)]) {
      expect(read).toThrow(
        expect.objectContaining({
          exit: 1,
          message: `the attribute ip; reboot of node node 2 could not be read: ${words}`,
        }),
      );
    }
  });
});

it.each([
  [{}, true],
  [{ code: 1 }, false],
  [{ outcome: 'timed-out' }, false],
  [{ outcome: 'missing' }, false],
] as const)('a utilization that is answered by %j is written: %s', (answer, written) => {
  const runner = scriptedRunner(() => answer);
  expect(setUtilization(runner, 'vm01', 'cpu', 4, soon)).toBe(written);
  expect(runner.calls[0]?.slice(1)).toEqual(
    '--resource vm01 --utilization --set-parameter cpu --parameter-value 4'.split(' '),
  );
});
