import { lastWords, type RunResult } from '../../system/runner.ts';
import { allText, type Look } from './toolstack.ts';
import { notInstalled, unknown, type VmwareState } from './vmware-state.ts';

/** The state of a VM as vmware-cmd tells it: one `vmware-cmd VMX getstate`. */
export const lookWithVmwareCmd: Look = ({ runner, program, options, vmxpath }, deadline) =>
  stateByVmwareCmd(runner.query(program, [...options, vmxpath, 'getstate'], deadline));

const states: Readonly<Record<string, VmwareState>> = {
  on: { kind: 'running' },
  off: { kind: 'off', registered: true },
  suspended: { kind: 'suspended', registered: true },
  stuck: { kind: 'asking' },
};

/** The meaning of an answer to getstate. That a VM is not registered is an answer too: then serverd does not run it. */
export function stateByVmwareCmd(answer: RunResult): VmwareState {
  if (answer.outcome === 'missing') return notInstalled('vmware-cmd');
  if (answer.outcome !== 'exited') return unknown(`vmware-cmd getstate: ${lastWords(answer)}`);
  const error = vmControlError(answer);
  if (error?.number === 11 && answer.code === 11) return { kind: 'off', registered: false };
  if (error?.number === 16) return { kind: 'asking' };
  const value = resultOf(answer.stdout, 'getstate');
  const state = value === undefined ? undefined : states[value];
  if (answer.code === 0 && error === undefined && state !== undefined) return state;
  return unknown(`vmware-cmd getstate: ${error?.text ?? lastWords(answer)}`);
}

/** The value behind the last `OPERATION(…) = `; lines before it are noise. */
export function resultOf(stdout: string, operation: string): string | undefined {
  const results = [...stdout.matchAll(/^(\w+)\(.*\) = (.*?)\r?$/gm)].filter((result) => result[1] === operation);
  return results.at(-1)?.[2];
}

/** The first VMControl error of an answer; its text is one line. The exit code is the number modulo 256. */
export function vmControlError(
  answer: Pick<RunResult, 'stdout' | 'stderr'>,
): { readonly number: number; readonly text: string } | undefined {
  const [text, number] = /VMControl error -(\d+): [^\n]*/.exec(allText(answer)) ?? [];
  return text === undefined ? undefined : { number: Number(number), text: text.replace(/\)$/, '') };
}
