import { expect, it } from 'vitest';
import { sshFacts } from '../../../../lib/survey/ssh.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

it('each address is reached without a dialogue, or why not; what is no address is never given to ssh', async () => {
  const runner = scriptedRunner((_, args) =>
    args.includes('node2') ? { code: 255, stderr: 'Host key verification failed.\n' } : {},
  );
  const addresses = ['node1', 'node2', 'node1', '-oProxyCommand=reboot', 'a b'];
  expect(await sshFacts({ addresses }, { runner, deadline: fromNow(5000, fakeClock()) })).toEqual({
    node1: null,
    node2: 'Host key verification failed.',
    '-oProxyCommand=reboot': 'this is no address',
    'a b': 'this is no address',
  });
  expect(runner.calls).toHaveLength(2);
  for (const call of runner.calls) expect(call).toContain('BatchMode=yes');
});
