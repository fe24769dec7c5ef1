import { expect, it } from 'vitest';
import { commandLinesAreHidden } from '../../../../lib/system/hidden-command-lines.ts';

const proc = (options: string, at = '/proc') => `proc ${at} proc rw,nosuid,${options} 0 0\n`;

it.each([
  ['hidepid=2', true],
  ['hidepid=invisible', true],
  ['hidepid=1', true],
  ['hidepid=2,gid=0', true],
  ['hidepid=2,gid=4', false],
  ['hidepid=0', false],
  ['relatime', false],
])('/proc with %s hides command lines: %s', (options, expected) => {
  expect(commandLinesAreHidden(`sysfs /sys sysfs rw 0 0\n${proc(options)}`)).toBe(expected);
});

it('one /proc that shows them is enough, and without any nothing is hidden', () => {
  expect(commandLinesAreHidden(proc('hidepid=2') + proc('relatime', '/srv/chroot/proc'))).toBe(false);
  expect(commandLinesAreHidden('')).toBe(false);
});
