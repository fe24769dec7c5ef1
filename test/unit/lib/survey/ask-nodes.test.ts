import { describe, expect, it } from 'vitest';
import { writeAnswer } from '../../../../lib/survey/answer.ts';
import { askNodes } from '../../../../lib/survey/ask-nodes.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const facts = { host: { problem: 'what a section says is not looked at' } };

async function ask(nodes: readonly string[], answer: (address: string) => Partial<RunResult>) {
  const runner = scriptedRunner((program, args) =>
    answer(program === 'ssh' ? (args.at(-2) ?? '') : `${program} ${args[0]}`),
  );
  const options = { runner, clock: fakeClock(), timeoutMs: 5000, self: 'node1', ownCommand: ['/usr/bin/ocf-virt'] };
  return { answers: await askNodes(nodes, { host: {} }, options), runner };
}

describe('asking the nodes of a cluster', () => {
  it('asks this one by its own executable, and the others over ssh without a dialogue', async () => {
    const { answers, runner } = await ask(['node1', 'node2'], () => ({ stdout: writeAnswer(facts) }));
    expect([...answers.values()]).toEqual([
      { kind: 'answered', facts },
      { kind: 'answered', facts },
    ]);
    const [own, other] = runner.calls;
    expect(own).toEqual(['/usr/bin/ocf-virt', 'survey', '{"host":{}}', '--timeout', '4']);
    expect(other?.slice(-2)).toEqual(['node2', `ocf-virt survey '{"host":{}}' --timeout 4`]);
    expect(other).toContain('BatchMode=yes');
  });

  it('finds the answer behind what a login shell prints', async () => {
    const { answers } = await ask(['node2'], () => ({ stdout: `Welcome!\n${writeAnswer(facts)}bye\n` }));
    expect(answers.get('node2')).toEqual({ kind: 'answered', facts });
  });

  it.each([
    [{ outcome: 'timed-out' }, 'no answer within 5 s'],
    [{ code: 255, stderr: 'ssh: connect to host node2 port 22: Connection refused\n' }, 'Connection refused'],
    [{ code: 127, stderr: 'bash: ocf-virt: command not found\n' }, 'not installed there'],
    [{ stdout: 'ocf-virt-survey:{"host":' }, 'ocf-virt-survey'],
    [{ stdout: 'ocf-virt-survey:{}' }, 'ocf-virt-survey'],
    [{ stdout: 'ocf-virt-survey:null' }, 'ocf-virt-survey'],
    [{ stdout: '' }, 'no message'],
  ] as const)('takes %j for a node that said nothing', async (result, words) => {
    const { answers } = await ask(['node2'], () => result);
    expect(answers.get('node2')).toEqual({ kind: 'silent', why: expect.stringContaining(words) });
  });

  it('gives ssh no name that it could take for an option', async () => {
    const { answers, runner } = await ask(['-oProxyCommand=reboot'], () => ({}));
    expect(answers.get('-oProxyCommand=reboot')).toMatchObject({ kind: 'silent' });
    expect(runner.calls).toEqual([]);
  });
});
