import type { Deadline } from '../../ocf/deadline.ts';
import { lastWords, type RunResult } from '../../system/runner.ts';
import { allText, type Look, type Target } from './toolstack.ts';
import { type Entry, notInstalled, unknown, type VmwareState } from './vmware-state.ts';

/**
 * The state of a VM as vmware-vim-cmd tells it: one `vmsvc/get.summary ID` where the id is known from the last look, else
 * the whole inventory first. The summary names the file of the VM, so that an id that went to another VM is noticed.
 */
export const lookWithVimCmd: Look = async (target, deadline) => {
  const { known } = target;
  if (known !== undefined) {
    const seen = summaryOf(askSummary(target, known.id, deadline));
    if ('file' in seen && seen.file === known.file) return seen.state(known);
    if ('why' in seen) return unknown(seen.why);
    if ('state' in seen && !('file' in seen)) return seen.state;
  }
  return searchInventory(target, deadline);
};

const askSummary = ({ runner, program, options }: Target, id: string, deadline: Deadline) =>
  runner.query(program, [...options, 'vmsvc/get.summary', id], deadline);

/** What a summary says; `gone` when the id is that of no VM, `why` when it cannot be understood. */
type Summary =
  | { readonly file: string; state(entry: Entry): VmwareState }
  | { readonly gone: true }
  | { readonly state: VmwareState }
  | { readonly why: string };

/** The meaning of an answer to `vmsvc/get.summary`. */
export function summaryOf(answer: RunResult): Summary {
  if (answer.outcome === 'missing') return { state: notInstalled('vmware-vim-cmd') };
  if (answer.outcome !== 'exited') return { why: `vmware-vim-cmd get.summary: ${lastWords(answer)}` };
  const text = allText(answer);
  const fault = faultOf(text);
  if (isNoSuchVm(fault)) return { gone: true };
  const file = onlyValue(text, /^[ \t]*vmPathName = "(.*)",$/gm);
  const power = onlyValue(text, /^[ \t]*powerState = "(.*)",$/gm);
  // Nothing is pending when it is null.
  const question = onlyValue(text, /^[ \t]*question = \(vim\.vm\.QuestionInfo\) (\S+?),?$/gm);
  const isWhole = /^\(vim\.vm\.Summary\) \{$/m.test(text) && /^\}[ \t]*$/m.test(text);
  const kind = power === undefined ? undefined : powerStates[power];
  if (fault !== undefined || !isWhole || file === undefined || kind === undefined || question === undefined) {
    return { why: `vmware-vim-cmd get.summary: ${fault?.message ?? lastWords(answer)}` };
  }
  return {
    file,
    state: (entry) => {
      if (question !== 'null') return { kind: 'asking', entry };
      return kind === 'running' ? { kind, entry } : { kind, registered: true, entry };
    },
  };
}

const powerStates: Readonly<Record<string, 'running' | 'off' | 'suspended'>> = {
  poweredOn: 'running',
  poweredOff: 'off',
  suspended: 'suspended',
};

/** The one value that a pattern finds: a text in the annotation of a VM that looks like another one makes it unknown. */
export function onlyValue(text: string, pattern: RegExp): string | undefined {
  const values = new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''));
  return values.size === 1 ? [...values][0] : undefined;
}

/**
 * Looks for the VM in the whole inventory. Every line that holds the name of its file is a candidate; which one it is,
 * its summary says: a name or an annotation may hold anything.
 */
async function searchInventory(target: Target, deadline: Deadline): Promise<VmwareState> {
  const answer = target.runner.query(target.program, [...target.options, 'vmsvc/getallvms'], deadline);
  if (answer.outcome === 'missing') return notInstalled('vmware-vim-cmd');
  const inventory = parseInventory(answer);
  if ('why' in inventory) return unknown(inventory.why);
  const names = [target.vmxpath, target.realPath()].map((path) => path.slice(path.lastIndexOf('/') + 1));
  const candidates = inventory.rows.filter(({ text }) => names.some((name) => text.includes(name)));
  const found: { readonly entry: Entry; readonly state: VmwareState }[] = [];
  for (const { id } of candidates) {
    const seen = summaryOf(askSummary(target, id, deadline));
    if ('gone' in seen) continue;
    if ('why' in seen) return unknown(seen.why);
    if (!('file' in seen)) return seen.state;
    const isOurs = await isFileOf(target, id, seen.file, deadline);
    if (typeof isOurs === 'string') return unknown(isOurs);
    const entry = { id, file: seen.file };
    if (isOurs) found.push({ entry, state: seen.state(entry) });
  }
  const alive = found.find(({ state }) => state.kind === 'running' || state.kind === 'asking');
  const first = alive ?? found[0];
  if (first === undefined) return { kind: 'off', registered: false };
  if (alive !== undefined || found.length === 1) return first.state;
  return { kind: 'off', registered: true, entry: first.entry, duplicates: found.slice(1).map(({ entry }) => entry) };
}

/** Whether `[DATASTORE] dir/x.vmx` is the file of the VM; a text when that cannot be told. */
async function isFileOf(target: Target, id: string, file: string, deadline: Deadline): Promise<boolean | string> {
  const relative = file.replace(/^\[[^\]]*\] ?/, '');
  const paths = [target.vmxpath, target.realPath()];
  if (!paths.some((path) => path.endsWith(`/${relative.replace(/^\/+/, '')}`))) return false;
  const { pathOf, readDatastores } = await import('./datastores.ts');
  const path = pathOf(file, await readDatastores()) ?? pathOf(file, askDatastores(target, id, deadline));
  if (path === undefined) return `the datastore of ${file} is not known: look at /etc/vmware/hostd/datastores.xml`;
  return paths.includes(path);
}

/** The datastores of one VM, as hostd tells them: `name` and `url` lines. */
function askDatastores({ runner, program, options }: Target, id: string, deadline: Deadline): Map<string, string> {
  const answer = runner.query(program, [...options, 'vmsvc/get.datastores', id], deadline);
  return parseDatastoreLines(answer.stdout);
}

/** Parses the answer to `vmsvc/get.datastores`. */
export function parseDatastoreLines(stdout: string): Map<string, string> {
  const found = new Map<string, string>();
  let name: string | undefined;
  for (const [, key, words = ''] of stdout.matchAll(/^(name|url) +(.*)$/gm)) {
    const value = words.trim();
    if (key === 'name') name = value;
    else if (name !== undefined && value.startsWith('/')) found.set(name, value.replace(/\/+$/, ''));
  }
  return found;
}

/** The lines of `vmsvc/getallvms` that begin with an id; a line that does not continues the annotation before it. */
export function parseInventory(
  answer: RunResult,
): { readonly rows: readonly { readonly id: string; readonly text: string }[] } | { readonly why: string } {
  const text = allText(answer);
  const fault = faultOf(text);
  if (answer.outcome !== 'exited' || answer.code !== 0 || fault !== undefined || /^Failed to login:/m.test(text)) {
    return { why: `vmware-vim-cmd getallvms: ${fault?.message ?? lastWords(answer)}` };
  }
  const header = /^Vmid[ \t]+Name[ \t]+File[ \t]+Guest OS[ \t]+Version[ \t]+Annotation[ \t\r]*$/m.exec(answer.stdout);
  if (header === null) return { why: 'vmware-vim-cmd getallvms: the header line is missing' };
  if (!answer.stdout.endsWith('\n')) return { why: 'vmware-vim-cmd getallvms: the last line is cut off' };
  const rows = answer.stdout.slice(header.index + header[0].length).matchAll(/^(\d+)[ \t]+(\S.*)$/gm);
  return { rows: [...rows].map(([, id = '', row = '']) => ({ id, text: row })) };
}

/** A fault that vim-cmd printed. */
export interface Fault {
  /** For example `vim.fault.NotFound`. */
  readonly type: string;
  readonly message: string;
  /** The `name` of the fault, which is the id of the VM in the way with AlreadyExists. */
  readonly name: string | undefined;
}

/** The first fault in a text: `(vim.fault.X) {` or `(vmodl.fault.X) {` at the beginning of a line. */
export function faultOf(text: string): Fault | undefined {
  const found = /^\((vim|vmodl)\.fault\.(\w+)\) \{$/m.exec(text);
  if (found === null) return undefined;
  const body = text.slice(found.index);
  const type = `${found[1]}.fault.${found[2]}`;
  const message = /^[ \t]*msg = "(.*)",?[ \t]*$/m.exec(body)?.[1] || type;
  return { type, message, name: /^[ \t]*name = "(.*)",?[ \t]*$/m.exec(body)?.[1] };
}

/** Whether a fault says that there is no VM of the id that was asked for. */
export const isNoSuchVm = (fault: Fault | undefined) =>
  fault?.type === 'vmodl.fault.ManagedObjectNotFound' ||
  (fault?.type === 'vim.fault.NotFound' && fault.message.startsWith('Unable to find a VM corresponding to '));
