import type { Deadline } from '../ocf/deadline.ts';
import type { Runner } from './runner.ts';

/**
 * A host's name, and its fully qualified one where the resolver knows it. Never `localhost`, which every host is.
 */
export function hostNames(runner: Runner, name: string, deadline: Deadline): string[] {
  const answer = runner.query('getent', ['hosts', name], deadline.within(2000));
  // ADDRESS  CANONICAL-NAME  ALIAS …
  const found = answer.outcome === 'exited' && answer.code === 0 ? answer.stdout.trim().split(/\s+/).slice(1) : [];
  return [...new Set([name, ...found])].filter((one) => !/^(ip6-)?localhost(\.|$)/.test(one));
}
