import type { Deadline } from '../../ocf/deadline.ts';
import { failed } from '../../ocf/error.ts';
import { lastWords, type Runner } from '../../system/runner.ts';

/** The keys of `xl info` as it prints them, for example `xen_version`. A value may hold colons. */
export function parseInfo(stdout: string): ReadonlyMap<string, string> {
  const pairs = stdout.split('\n').flatMap((line) => {
    const [, key, value] = /^(\w+)\s*:\s?(.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value.trim()] as const];
  });
  return new Map(pairs);
}

/** The keys of `xl info` as numbers, for example `total_memory` in MiB. */
export function readInfo(runner: Runner, deadline: Deadline): ReadonlyMap<string, number> {
  const answer = runner.query('xl', ['info'], deadline);
  if (answer.outcome !== 'exited' || answer.code !== 0) {
    throw failed(`xl info failed: ${lastWords(answer)}`, 'look whether the Xen toolstack works on this node: xl info');
  }
  const pairs = [...parseInfo(answer.stdout)].map(([key, value]) => [key, Number(value)] as const);
  return new Map(pairs.filter(([, value]) => !Number.isNaN(value)));
}
