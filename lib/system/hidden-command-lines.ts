import { fs } from './bun.ts';

/**
 * Whether nobody but root can see the command line of a root process: every mounted /proc hides the processes of other
 * users (mount option hidepid, proc(5)), and makes no exception for a group.
 */
export function commandLinesAreHidden(mounts = fs().readFileSync('/proc/self/mounts', 'utf8')): boolean {
  const procs = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'proc')
    .map(([, , , options]) => options?.split(',') ?? []);
  const hides = (options: readonly string[]) =>
    options.some((option) => /^hidepid=(1|2|4|noaccess|invisible|ptraceable)$/.test(option)) &&
    !options.some((option) => /^gid=(?!0$)/.test(option));
  return procs.length > 0 && procs.every(hides);
}
