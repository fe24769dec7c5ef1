import { lastWords, type RunResult } from '../../system/runner.ts';
import { allText, type Look } from './toolstack.ts';
import { notInstalled, unknown, type VmwareState } from './vmware-state.ts';

/** The state of a VM as vmrun tells it: one `vmrun list`, which holds the VMs that run. */
export const lookWithVmrun: Look = ({ runner, program, options, vmxpath, realPath, known }, deadline) => {
  const answer = runner.query(program, [...options, 'list'], deadline);
  const isListed = (paths: readonly string[]) =>
    paths.includes(known?.file ?? vmxpath) || paths.includes(vmxpath) || paths.includes(realPath());
  const state = stateByVmrun(answer, isListed);
  return state.kind === 'running' || state.kind === 'off' ? { ...state, entry: known } : state;
};

/** The meaning of an answer to list. Suspended and powered off are the same to vmrun. */
export function stateByVmrun(answer: RunResult, isListed: (paths: readonly string[]) => boolean): VmwareState {
  if (answer.outcome === 'missing') return notInstalled('vmrun');
  const list = parseList(answer);
  if ('why' in list) return unknown(list.why);
  return isListed(list.paths) ? { kind: 'running' } : { kind: 'off', registered: undefined };
}

/** The paths of an answer to list: `Total running VMs: N`, then N of them. Lines before that are noise. */
export function parseList(answer: RunResult): { readonly paths: readonly string[] } | { readonly why: string } {
  if (answer.outcome !== 'exited') return { why: `vmrun list: ${lastWords(answer)}` };
  const error = errorOf(answer);
  if (error !== undefined || answer.code !== 0) return { why: `vmrun list: ${error ?? lastWords(answer)}` };
  const [, count, rest = ''] =
    /^Total running VMs: (\d+)\n([\s\S]*)$/m.exec(answer.stdout.replaceAll('\r\n', '\n')) ?? [];
  if (count === undefined) return { why: 'vmrun list: the number of VMs is missing' };
  const paths = rest.split('\n').filter((line) => line.trim() !== '');
  if (paths.length !== Number(count)) return { why: `vmrun list: ${count} VMs announced, ${paths.length} listed` };
  return { paths };
}

/** vmrun prints its errors on standard output, sometimes with an exit code of 0. */
export function errorOf(answer: Pick<RunResult, 'stdout' | 'stderr'>): string | undefined {
  const text = allText(answer);
  return /^(?:.*\| )?Error: ?(.*)$/m.exec(text)?.[1] ?? /^Unable to connect to host\..*$/m.exec(text)?.[0];
}
