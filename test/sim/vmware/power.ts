import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { blockUntil, type Work, waitUntil } from '../clock.ts';
import { self } from '../process.ts';
import { startProcess } from './daemon.ts';
import { ask, boot, close, cpuOfState, discardState, truth, unpause } from './guest.ts';
import { takeLock } from './locks.ts';
import { vmwareLog } from './log.ts';
import { cpuQuestion, lockQuestion, ownQuestion, uuidQuestion } from './questions.ts';
import { vmwareHost } from './settings.ts';
import { update, view } from './state.ts';
import { dashed, identity, locationUuid } from './uuid.ts';
import { behaviourOf, type Due, type Product, type State, toolsOf, type Vm } from './vm.ts';
import { isReadable, readVmx, setting, type Vmx, valuesOf, writeVmx } from './vmx.ts';

/** What became of a power-on at once. A server turns a lock into a dialog. */
export type Begun =
  | { readonly kind: 'begun' }
  | { readonly kind: 'already on' }
  | { readonly kind: 'locked'; readonly file: string; readonly by: string };

/** The path without symbolic links; itself when there is no such file. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The configuration, or why there is none. */
export function open(path: string): Vmx | 'missing' | 'unreadable' {
  try {
    const vmx = readVmx(path);
    return isReadable(vmx) ? vmx : 'unreadable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'unreadable';
  }
}

/** The VM of a path in a state. */
export function find(state: State, path: string): Vm | undefined {
  const real = realPath(path);
  return state.vms.find((vm) => vm.path === real);
}

/** The file of the suspended state that a configuration names and that is there. */
export function suspendedState(vmx: Vmx): string | undefined {
  const name = setting(vmx, 'checkpoint.vmState');
  const file = name ? join(dirname(vmx.file), name) : undefined;
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** Powers a VM on, or resumes it, as far as it gets without waiting. */
export function powerOn(path: string, product: Product, lockAsks = false): Begun {
  return update((state, now, save) => {
    if (find(state, path)) return { kind: 'already on' };
    const real = realPath(path);
    const vmx = readVmx(real);
    const behaviour = behaviourOf(vmx);
    const vm: Vm = {
      path: real,
      product,
      process: startProcess(real, product),
      uuid: setting(vmx, 'uuid.bios') ?? locationUuid(real),
      behaviour,
      members: [],
      phase: 'starting',
      question: null,
      starter: self() ?? null,
      answered: [],
      resumes: false,
      since: now,
      toolsFrom: 0,
      due: [],
    };
    state.vms.push(vm);
    save(state);
    const refused = behaviour.locking ? lockFiles(vm, vmx) : undefined;
    vm.starter = null;
    if (refused === undefined) {
      proceed(state, vm, now);
      return { kind: 'begun' };
    }
    const { file, heldBy } = refused;
    vmwareLog(real, `FILE: FileLockScanner timeout on '${file}.lck' due to ${heldBy}`);
    if (lockAsks) {
      ask(state, vm, lockQuestion(basename(file)));
      logQuestion(vm);
      answerByItself(state, vm, vmx, now);
      return { kind: 'begun' };
    }
    close(state, vm);
    return { kind: 'locked', file, by: heldBy };
  });
}

/** Takes the lock of the configuration, of each disk and of the memory; gives all back when one is held. */
function lockFiles(vm: Vm, vmx: Vmx): { file: string; heldBy: string } | undefined {
  const folder = dirname(vm.path);
  const disks = [...valuesOf(vmx)]
    .filter(([key, value]) => key.endsWith('.filename') && value.toLowerCase().endsWith('.vmdk'))
    .map(([, value]) => resolve(folder, value));
  for (const file of [vm.path, ...new Set(disks), join(folder, `${dashed(vm.uuid)}.vmem`)]) {
    let taken = takeLock(file, vm.process, vm.path);
    blockUntil(() => {
      if ('heldBy' in taken) taken = takeLock(file, vm.process, vm.path);
      return 'member' in taken;
    }, vmwareHost().lockSeconds * 1000);
    if ('heldBy' in taken) return { file, heldBy: taken.heldBy };
    vm.members.push(taken.member);
  }
  return undefined;
}

/** Goes on with a power-on: the next question, or the guest. */
function proceed(state: State, vm: Vm, now: number): void {
  vm.phase = 'starting';
  vm.question = null;
  const vmx = readVmx(vm.path);
  const saved = suspendedState(vmx);
  const words = saved === undefined ? nextQuestion(vm, vmx) : cpuProblem(vm, saved);
  if (words) {
    ask(state, vm, words);
    logQuestion(vm);
    answerByItself(state, vm, vmx, now);
    return;
  }
  vm.behaviour = behaviourOf(vmx);
  vm.uuid = setting(vmx, 'uuid.bios') ?? vm.uuid;
  vm.resumes = saved !== undefined;
  vm.phase = vm.resumes ? 'resuming' : 'starting';
  const { resumeSeconds, startSeconds } = vm.behaviour;
  vm.due.push({
    what: vm.resumes ? 'resumed' : 'running',
    at: now + (vm.resumes ? resumeSeconds : startSeconds) * 1000,
  });
}

function nextQuestion(vm: Vm, vmx: Vmx) {
  const { question, questionAfter, questionChoices } = vm.behaviour;
  if (hasMoved(vm, vmx)) return uuidQuestion(vm.product);
  if (question === null || questionAfter !== null || vm.answered.includes('own')) return undefined;
  return ownQuestion(question, questionChoices);
}

/** Whether to ask about the UUID. Gives one to a VM that has none, and follows uuid.action. */
function hasMoved(vm: Vm, vmx: Vmx): boolean {
  const place = locationUuid(vm.path);
  const location = setting(vmx, 'uuid.location');
  const action = setting(vmx, 'uuid.action')?.toLowerCase();
  if (location === place) return false;
  if (location === undefined || action === 'create') writeVmx(vm.path, identity(place, valuesOf(vmx)));
  else if (action === 'keep') writeVmx(vm.path, { 'uuid.location': place });
  else return true;
  return false;
}

function cpuProblem(vm: Vm, saved: string) {
  const cpu = cpuOfState(readFileSync(saved));
  if (cpu === vmwareHost().cpu) return undefined;
  const { log, words } = cpuQuestion(saved);
  vmwareLog(vm.path, ...log);
  return words;
}

function logQuestion(vm: Vm): void {
  const { message, text } = vm.question ?? { message: '', text: '' };
  if (message === 'msg.checkpoint.resume.softError') return;
  vmwareLog(vm.path, 'Msg_Question:', `[${message}] ${text.replaceAll('\n', ' ').trim()}`);
}

/** Gives the answer that the configuration holds. */
function answerByItself(state: State, vm: Vm, vmx: Vmx, now: number): void {
  if (!vm.question) return;
  const { message, choices, preset } = vm.question;
  const named = setting(vmx, `answer.${message}`);
  const plain = (text: string) => text.replace('_', '').toLowerCase();
  const isAutomatic = /^true$/i.test(setting(vmx, 'msg.autoAnswer') ?? '');
  const label =
    named === undefined ? isAutomatic && choices[preset] : choices.find((choice) => plain(choice) === plain(named));
  if (label) answer(state, vm, label, now);
}

/** Answers the question of a VM, and goes on as the answer says. */
export function answer(state: State, vm: Vm, label: string, now: number): void {
  const place = locationUuid(vm.path);
  const isOwn = !/^msg\.(uuid|checkpoint|disk)\./.test(vm.question?.message ?? '');
  switch (label.replace('_', '')) {
    case 'Keep':
    case 'I moved it':
      writeVmx(vm.path, { 'uuid.location': place });
      break;
    case 'Always Keep':
      writeVmx(vm.path, { 'uuid.location': place, 'uuid.action': 'keep' });
      break;
    case 'Create':
    case 'I copied it':
      writeVmx(vm.path, identity(place, valuesOf(readVmx(vm.path))));
      break;
    case 'Always Create':
      writeVmx(vm.path, { ...identity(place, valuesOf(readVmx(vm.path))), 'uuid.action': 'create' });
      break;
    case 'Discard':
      discardState(vm.path);
      break;
    default:
      if (!isOwn || label === 'Cancel') {
        close(state, vm);
        return;
      }
      vm.answered.push('own');
  }
  if (vm.toolsFrom === 0) proceed(state, vm, now);
  else {
    vm.question = null;
    vm.phase = 'paused';
    unpause(vm, now);
  }
}

/** Powers a VM off at once. */
export function powerOff(path: string): void {
  update((state, now) => {
    const vm = find(state, path);
    if (!vm) return;
    if (vm.toolsFrom > 0) truth(vm, 'destroyed', now);
    close(state, vm);
  });
}

/** Has the guest stop executing, and writes its memory until the VM is off. False when it cannot begin. */
export function* suspend(path: string): Work<boolean> {
  const isBegun = update((state, now) => {
    const vm = find(state, path);
    if (!vm || (vm.phase !== 'running' && vm.phase !== 'paused')) return false;
    vm.phase = 'suspending';
    vm.due = [{ what: 'suspended', at: now + vm.behaviour.suspendSeconds * 1000 }];
    truth(vm, 'suspended', now);
    return true;
  });
  return isBegun && (yield* waitOff(path, Number.POSITIVE_INFINITY));
}

/** Asks the guest, through its Tools, to shut down or to reboot. */
export function askGuest(path: string, what: 'shutdown' | 'reboot'): void {
  update((state, now) => {
    const vm = find(state, path);
    if (!vm || vm.behaviour.ignoresShutdown || vm.due.some((due) => due.what === what)) return;
    const due: Due = { what, at: now + vm.behaviour.shutdownSeconds * 1000 };
    vm.due.push(due);
  });
}

/** Resets a VM at once. */
export function reset(path: string): void {
  update((state, now) => {
    const vm = find(state, path);
    if (vm) boot(vm, now);
  });
}

/** Waits until no operation on a VM is under way: the products do one after the other. */
export function* waitIdle(path: string): Work<void> {
  yield* waitWhile(path, ['starting', 'resuming', 'suspending']);
}

/** Waits until a VM that was begun runs, asks, or is gone; tells which. */
export function* waitBegun(path: string): Work<'on' | 'asking' | 'gone'> {
  const vm = yield* waitWhile(path, ['starting', 'resuming']);
  return vm === undefined ? 'gone' : vm.phase === 'asking' ? 'asking' : 'on';
}

function* waitWhile(path: string, phases: readonly Vm['phase'][]): Work<Vm | undefined> {
  let vm: Vm | undefined;
  yield* waitUntil(() => {
    vm = find(view(), path);
    return vm === undefined || !phases.includes(vm.phase);
  }, Number.POSITIVE_INFINITY);
  return vm;
}

/** Waits until a VM has no process; false when the time is over or it stopped to ask. */
export function* waitOff(path: string, seconds: number): Work<boolean> {
  yield* waitUntil(() => {
    const vm = find(view(), path);
    return vm === undefined || vm.phase === 'asking';
  }, seconds * 1000);
  return find(view(), path) === undefined;
}

/** The state as the servers name it. */
export function stateOf(path: string): 'on' | 'off' | 'suspended' | 'stuck' {
  const vm = find(view(), path);
  if (vm) return vm.phase === 'asking' ? 'stuck' : 'on';
  const vmx = open(path);
  return typeof vmx !== 'string' && suspendedState(vmx) !== undefined ? 'suspended' : 'off';
}

/** Whether the Tools of the guest answer. */
export function toolsAnswer(path: string): boolean {
  const vm = find(view(), path);
  return vm !== undefined && toolsOf(vm, vm.behaviour) === 'running';
}
