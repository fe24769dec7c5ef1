import type { Tools } from '../../cli/command.ts';
import type { Runner } from '../../lib/system/runner.ts';
import { fakeClock } from './fake-clock.ts';

/** What a command gets from an operator who sits at no terminal; `said` holds what was shown meanwhile. */
export function operatorTools(runner: Runner): Tools & { readonly said: string[] } {
  const said: string[] = [];
  return {
    said,
    runner,
    clock: fakeClock(),
    ownCommand: ['/usr/bin/ocf-virt'],
    interrupted: new AbortController().signal,
    terminal: {
      width: 80,
      style: (_, text) => text,
      out: (text) => said.push(text),
      err: (text) => said.push(text),
      progress: (lines) => said.push(...lines),
    },
  };
}
