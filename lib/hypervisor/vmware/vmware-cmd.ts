import type { Deadline } from '../../ocf/deadline.ts';
import { lastWords, type RunResult } from '../../system/runner.ts';
import { type Choice, choiceLabelled, type Question } from './question.ts';
import { allText, type Commands, type Operation, type Target } from './toolstack.ts';
import { resultOf, vmControlError } from './vmware-cmd-look.ts';

const verbs: Readonly<Record<Operation, string>> = {
  'power on': 'start',
  suspend: 'suspend',
  'shut down': 'stop',
  'power off': 'stop',
};

/** vmware-cmd of VMware Server 1.x and GSX Server, on one VM. */
export function vmwareCmd({ runner, program, options, vmxpath }: Target): Commands {
  const server = (verb: string, deadline: Deadline) =>
    runner.perform(program, [...options, '-s', verb, vmxpath], deadline);
  return {
    register: async (deadline) => {
      const answer = await server('register', deadline);
      const error = vmControlError(answer);
      // -20 "Virtual machine already exists".
      return error?.number === 20 ? undefined : complaintOf(answer);
    },
    unregister: async (_, deadline) => {
      const answer = await server('unregister', deadline);
      return vmControlError(answer)?.number === 11 ? undefined : complaintOf(answer);
    },
    words: (operation, _, hard) => [vmxpath, verbs[operation], ...(hard || operation === 'power off' ? ['hard'] : [])],
    complaint: complaintOf,
    ask: async (_, choose, deadline) => {
      let question: Question | undefined;
      let answered: Choice | undefined;
      const answer = await runner.converse(
        program,
        [...options, vmxpath, 'answer'],
        (output) => {
          if (!isPrompt(output)) return undefined;
          question = parseDialogue(output);
          answered = question === undefined ? undefined : choose(question);
          // Never an empty line, and never the end of the input: both may stand for the default.
          return answered === undefined ? 'hang up' : `${answered.key}\n`;
        },
        deadline.within(10_000),
      );
      question ??= parseDialogue(answer.stdout);
      if (question === undefined) return undefined;
      const confirmed = /selected (\S+) : (.*)/.exec(answer.stdout)?.[2];
      const taken = confirmed === undefined ? answered : choiceLabelled(question, [confirmed]);
      return { question, answered: answer.outcome === 'exited' && answer.code === 0 ? taken : undefined };
    },
    tools: (_, deadline) => {
      const answer = runner.query(program, [...options, vmxpath, 'gettoolslastactive'], deadline);
      const value = answer.code === 0 ? resultOf(answer.stdout, 'gettoolslastactive') : undefined;
      // 1 is normal, 5 intermittent; 0 means that there are none, 100 that they are silent.
      if (value === '1' || value === '5') return 'running';
      return value === '0' || value === '100' ? 'silent' : 'unknown';
    },
  };
}

/** Success is an exit code of 0 and `OPERATION(…) = 1` as the last result, and no error. */
function complaintOf(answer: RunResult): string | undefined {
  const error = vmControlError(answer);
  if (error !== undefined) return error.text;
  const last = [...allText(answer).matchAll(/^\w+\(.*\) = (.*)$/gm)].at(-1)?.[1];
  if (answer.outcome === 'exited' && answer.code === 0 && last === '1') return undefined;
  return lastWords(answer);
}

const isPrompt = (output: string) => /Select choice\.[^\n]*:\s*$/.test(output);

/**
 * Parses the dialogue of `vmware-cmd VMX answer`: `Question (id = N) :TEXT`, then `<tab>KEY) LABEL` lines, then the
 * prompt.
 */
export function parseDialogue(output: string): Question | undefined {
  const text = output.replaceAll('\r\n', '\n');
  const [, number, body] = /^Question \(id = (\S+)\) ?:([\s\S]*?)(?=^\t\S+\) )/m.exec(text) ?? [];
  if (number === undefined || body === undefined) return undefined;
  const choices = [...text.matchAll(/^\t(\S+)\) (.*)$/gm)].map(([, key = '', label = '']) => ({ key, label }));
  const preset = /Press enter for default <(\S+?)>/.exec(text)?.[1];
  const message = /\b(msg\.[\w.]+)/.exec(body)?.[1];
  return { number, message, text: body.trim(), choices, preset };
}
