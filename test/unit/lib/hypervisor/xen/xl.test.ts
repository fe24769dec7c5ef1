import { expect, it } from 'vitest';
import { setting, xlOf } from '../../../../../lib/hypervisor/xen/xl.ts';
import { readInfo } from '../../../../../lib/hypervisor/xen/xl-info.ts';
import { fromNow } from '../../../../../lib/system/clock.ts';
import { readRecording } from '../../../../sim/control.ts';
import { fakeClock } from '../../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../../support/scripted-runner.ts';

const soon = fromNow(1000, fakeClock());

it('every command names its domain as one argument', async () => {
  const runner = scriptedRunner(() => ({}));
  const xl = xlOf(runner, 'my vm');
  await xl.create('/a b.cfg', [setting('name', 'my vm')], soon);
  await xl.restorePaused('/image', soon);
  await xl.save('/image', soon);
  await xl.shutdown(soon);
  await xl.pressPowerButton(soon);
  await xl.destroy('my vm--incoming', soon);
  xl.unpause(soon);
  xl.setMemory('7', 512, soon);
  expect(runner.calls).toEqual([
    ['xl', 'create', '/a b.cfg', 'name="my vm"'],
    ['xl', 'restore', '-p', '/image'],
    ['xl', 'save', 'my vm', '/image'],
    ['xl', 'shutdown', '-F', 'my vm'],
    ['xl', 'trigger', 'my vm', 'power'],
    ['xl', 'destroy', 'my vm--incoming'],
    ['xl', 'unpause', 'my vm'],
    ['xl', 'mem-set', '7', '512m'],
  ]);
});

it('the recorded xl info is read as numbers', () => {
  const { stdout } = readRecording('xl-4.17-info');
  const info = readInfo(
    scriptedRunner(() => ({ stdout })),
    soon,
  );
  expect(info.get('total_memory')).toBe(1535);
  expect(info.has('release')).toBe(false);
});

it('an xl info that fails is exit code 1 with its last words', () => {
  const runner = scriptedRunner(() => ({ code: 1, stderr: 'cannot init xl context\n' }));
  expect(() => readInfo(runner, soon)).toThrow(
    expect.objectContaining({ exit: 1, message: 'xl info failed: cannot init xl context' }),
  );
});
