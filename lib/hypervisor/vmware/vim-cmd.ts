import type { Deadline } from '../../ocf/deadline.ts';
import { lastWords, type RunResult } from '../../system/runner.ts';
import type { Question } from './question.ts';
import { allText, type Commands, type Operation, type Target } from './toolstack.ts';
import { faultOf, isNoSuchVm } from './vim-cmd-look.ts';

const verbs: Readonly<Record<Operation, string>> = {
  'power on': 'vmsvc/power.on',
  suspend: 'vmsvc/power.suspend',
  'shut down': 'vmsvc/power.shutdown',
  'power off': 'vmsvc/power.off',
};

/** vmware-vim-cmd of VMware Server 2, on one VM. */
export function vimCmd({ runner, program, options, vmxpath }: Target): Commands {
  const run = (args: readonly string[], deadline: Deadline) => runner.perform(program, [...options, ...args], deadline);
  const unregister = async (id: string, deadline: Deadline) => {
    const answer = await run(['vmsvc/unregister', id], deadline);
    return isNoSuchVm(faultOf(allText(answer))) ? undefined : complaintOf(answer);
  };
  return {
    register: async (deadline) => {
      const answer = await run(['solo/registervm', quotedTwice(vmxpath)], deadline);
      const fault = faultOf(allText(answer));
      if (fault?.type !== 'vim.fault.AlreadyExists' || !/^\d+$/.test(fault.name ?? '')) return complaintOf(answer);
      // An entry that the inventory itself calls invalid, and therefore does not list, is in the way.
      await unregister(fault.name ?? '', deadline);
      return complaintOf(await run(['solo/registervm', quotedTwice(vmxpath)], deadline));
    },
    unregister: async (entry, deadline) => (entry === undefined ? undefined : unregister(entry.id, deadline)),
    words: (operation, entry) => [verbs[operation], entry?.id ?? quotedTwice(vmxpath)],
    complaint: complaintOf,
    ask: async (entry, choose, deadline) => {
      if (entry === undefined) return undefined;
      const question = parseMessage(runner.query(program, [...options, 'vmsvc/message', entry.id], deadline).stdout);
      if (question === undefined) return undefined;
      const choice = choose(question);
      if (choice === undefined) return { question, answered: undefined };
      const answer = await run(['vmsvc/message', entry.id, question.number, choice.key], deadline);
      return { question, answered: complaintOf(answer) === undefined ? choice : undefined };
    },
    tools: (entry, deadline) => {
      if (entry === undefined) return 'unknown';
      const { stdout } = runner.query(program, [...options, 'vmsvc/get.guest', entry.id], deadline);
      const status = /^\s*toolsStatus = "(\w+)",$/m.exec(stdout)?.[1];
      if (status === 'toolsOk' || status === 'toolsOld') return 'running';
      return status === 'toolsNotRunning' || status === 'toolsNotInstalled' ? 'silent' : 'unknown';
    },
  };
}

/** A fault, `… failed` or `Failed to login` counts whatever the exit code, which differs by version. */
function complaintOf(answer: RunResult): string | undefined {
  const text = allText(answer);
  const words =
    faultOf(text)?.message ?? /^(?:[\w ]+ failed|Failed to login:.*|Skipping invalid VM.*)$/m.exec(text)?.[0];
  if (words !== undefined) return words;
  return answer.outcome === 'exited' && answer.code === 0 ? undefined : lastWords(answer);
}

/**
 * A path as one argument of vim-cmd, which splits its command line a second time: in double quotes, which is how the
 * recorded calls do it; what those do not hold goes into single ones, as in a shell.
 */
export function quotedTwice(path: string): string {
  if (!/["\\]/.test(path)) return `"${path}"`;
  return path
    .split("'")
    .map((part) => (part === '' ? '' : `'${part}'`))
    .join(`"'"`);
}

/**
 * Parses the answer to `vmsvc/message ID`: `Virtual machine message N:`, `msg.…:TEXT`, and `KEY. LABEL (LABEL)` lines, of
 * which one may end with `[default]`.
 */
export function parseMessage(stdout: string): Question | undefined {
  const [, number, rest = ''] =
    /^Virtual machine message (\S+):\n([\s\S]*)$/m.exec(stdout.replaceAll('\r\n', '\n')) ?? [];
  if (number === undefined) return undefined;
  const choices = [...rest.matchAll(/^(\d+)\. (.*) \((.*)\)( \[default\])?\s*$/gm)].map((found) => ({
    at: found.index,
    key: found[1] ?? '',
    label: found[3] ?? '',
    preset: found[4] !== undefined,
  }));
  const body = rest.slice(0, choices[0]?.at).trim();
  const [, message, text] = /^(msg\.[\w.]+):([\s\S]*)$/.exec(body) ?? [undefined, undefined, body];
  return {
    number,
    message,
    text: (text ?? body).trim(),
    choices: choices.map(({ key, label }) => ({ key, label })),
    preset: choices.find(({ preset }) => preset)?.key,
  };
}
