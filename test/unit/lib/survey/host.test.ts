import { expect, it } from 'vitest';
import { agents } from '../../../../agents/index.ts';
import { hostFacts, parseCpu, surveyedAgents } from '../../../../lib/survey/host.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { readRecording } from '../../../sim/control.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const ask = (answers: Readonly<Record<string, Partial<RunResult>>>) =>
  hostFacts(
    {},
    {
      runner: scriptedRunner((program, args) => answers[[program, ...args].join(' ')] ?? { outcome: 'missing' }),
      deadline: fromNow(5000, fakeClock()),
    },
  );

it('a Xen host tells its version and its memory as the hypervisor counts it', async () => {
  const facts = await ask({
    'xl info': readRecording('xl-4.17-info'),
    'xl list 0': readRecording('xl-4.17-list-empty'),
    'ssh -V': { stderr: 'OpenSSH_9.2p1\n' },
    '/usr/lib/ocf/resource.d/virt/Xen meta-data': {
      stdout: '<?xml version="1.0"?>\n<resource-agent name="Xen" version="1.2.3">',
    },
  });
  const { stdout } = readRecording('xl-4.17-info');
  expect(facts).toMatchObject({ ssh: 'OpenSSH_9.2p1', agents: { Xen: '1.2.3' } });
  expect(facts.hypervisor).toEqual({
    kind: 'xen',
    version: /xen_version\s*: (\S+)/.exec(stdout)?.[1],
    totalMiB: Number(/total_memory\s*: (\d+)/.exec(stdout)?.[1]),
    freeMiB: Number(/free_memory\s*: (\d+)/.exec(stdout)?.[1]),
    dom0MiB: Number(/Domain-0\s+0\s+(\d+)/.exec(readRecording('xl-4.17-list-empty').stdout)?.[1]),
  });
});

it.each([
  [{ 'xl info': { code: 1, stderr: 'xl: no privcmd\n' } }, { kind: 'silent', problem: 'xl info: xl: no privcmd' }],
  [{ 'xl info': { outcome: 'timed-out' } }, { kind: 'silent', problem: 'xl info: no answer in time' }],
  [{ 'xl info': { stdout: 'xen_version : 4.17\n' } }, { kind: 'silent', problem: 'xl info: xen_version : 4.17' }],
  [{ 'vmware -v': { stdout: 'VMware Server 2.0.2\n' } }, { kind: 'vmware', version: 'VMware Server 2.0.2' }],
  [{}, { kind: 'none' }],
] as const)('the hypervisor that answers %j', async (answers, hypervisor) => {
  expect((await ask(answers)).hypervisor).toMatchObject(hypervisor);
});

it('every agent is asked for', () => {
  expect(surveyedAgents.toSorted()).toEqual(Object.keys(agents).sort());
});

it('an agent that is installed and does not run has no version', async () => {
  const facts = await ask({
    '/usr/lib/ocf/resource.d/virt/Xen meta-data': { code: 126, stderr: 'Exec format error\n' },
  });
  expect(facts.agents).toEqual({ Xen: 'does not run: Exec format error' });
});

it('the processor is the first one of /proc/cpuinfo', () => {
  const one = (number: number) =>
    `processor\t: ${number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: Xeon\nflags\t\t: sse avx aes\n\n`;
  const expected = {
    vendor: 'GenuineIntel',
    family: 6,
    model: 85,
    name: 'Xeon',
    flags: ['aes', 'avx', 'sse'],
    count: 2,
  };
  expect(parseCpu(one(0) + one(1))).toEqual(expected);
});
