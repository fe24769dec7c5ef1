import { expect, it } from 'vitest';
import type { DomainProcesses } from '../../../../../lib/hypervisor/xen/domain-processes.ts';
import { signOfLife } from '../../../../../lib/hypervisor/xen/second-source.ts';
import { fromNow } from '../../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../../lib/system/runner.ts';
import { fakeClock } from '../../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../../support/scripted-runner.ts';

const none: DomainProcesses = { keepers: [], starting: [], leaving: [], receiving: [], receivingAny: [], models: [] };
const one = [{ pid: 42, parent: 1, args: ['x'], output: '' }];

function ask(processes: DomainProcesses, lastId?: number, answer?: Partial<RunResult>) {
  const runner = scriptedRunner((program, args) =>
    program === 'xenstore-read' && args.join() === '/local/domain/7/name' ? answer : undefined,
  );
  return signOfLife({ runner, name: 'vm01', lastId }, processes, fromNow(1000, fakeClock()));
}

it('a device model or an xl process is a sign of life, and xenstore is not asked', () => {
  expect(ask({ ...none, models: one }, 7)).toBe('its device model, process 42, runs');
  expect(ask({ ...none, keepers: one }, 7)).toBe('its xl process 42 lives');
});

it('an xl process that starts, sends or receives is none', () => {
  expect(ask({ ...none, starting: one, leaving: one, receiving: one })).toBeUndefined();
});

it('xenstore tells by the id that the domain had last', () => {
  expect(ask(none, 7, { stdout: 'vm01\n' })).toBe('xenstore has it as domain 7');
});

it.each([
  ['another name', { stdout: 'vm02\n' }],
  ['nothing', {}],
  ['an error', { code: 1, stdout: 'vm01\n' }],
  ['no answer in time', { outcome: 'timed-out', stdout: 'vm01\n' }],
  ['no xenstore-read', { outcome: 'missing' }],
] as const)('xenstore that gives %s is no sign', (_, answer) => {
  expect(ask(none, 7, answer)).toBeUndefined();
});

it('without a remembered id xenstore is not asked', () => expect(ask(none)).toBeUndefined());
