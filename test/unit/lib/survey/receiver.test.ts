import { describe, expect, it } from 'vitest';
import { deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { writeAnswer } from '../../../../lib/survey/answer.ts';
import { reachFacts } from '../../../../lib/survey/reach.ts';
import { receiverFacts } from '../../../../lib/survey/receiver.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const deadline = deadlineAt(8000, () => 0);

describe('a node that may receive a migration', () => {
  const receiver = (xl: Partial<RunResult>) =>
    receiverFacts(
      {},
      {
        deadline,
        runner: scriptedRunner((program) =>
          program === 'xl' ? xl : program === 'crm_node' ? { stdout: 'node2\n' } : undefined,
        ),
      },
    );

  it('says who it is and which Xen it has', async () => {
    expect(await receiver({ stdout: 'host : node2\nxen_version            : 4.17.7\n' })).toEqual({
      node: 'node2',
      xen: '4.17.7',
    });
  });

  it.each([
    [{ outcome: 'missing' }, 'xl is not installed'],
    [{ code: 1, stderr: 'cannot init xl context\n' }, 'cannot init xl context'],
    [{ outcome: 'timed-out' }, 'no answer in time'],
    [{ stdout: 'nonsense\n' }, 'nonsense'],
  ] as const)('says why xl does not tell: %j', async (xl, words) => {
    expect(await receiver(xl)).toEqual({ node: 'node2', xen: undefined, why: expect.stringContaining(words) });
  });
});

it('a node tries each other one under its address, with the options of the migrations before its own', async () => {
  const facts = { receiver: { facts: { node: 'node2', xen: '4.17.7' } } };
  const runner = scriptedRunner((_, args) =>
    args.at(-2) === '10.0.0.2'
      ? { stdout: writeAnswer(facts) }
      : { code: 255, stderr: 'Host key verification failed.\r\n' },
  );
  const addresses = { node2: '10.0.0.2', node3: '10.0.0.3', node4: '; reboot' };
  expect(await reachFacts({ addresses, sshOptions: ['-p', '2222'] }, { runner, deadline })).toEqual({
    node2: { receiver: facts.receiver.facts },
    node3: { unreachable: 'Host key verification failed.' },
    node4: { unreachable: '"; reboot" is no address' },
  });
  expect(runner.calls.map((call) => call.slice(0, 3))).toEqual([
    ['ssh', '-p', '2222'],
    ['ssh', '-p', '2222'],
  ]);
});
