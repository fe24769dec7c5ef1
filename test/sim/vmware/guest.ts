import { rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { logTruth, type TruthEvent } from '../host.ts';
import { alive, end } from '../process.ts';
import { endedInOrder } from './daemon.ts';
import { releaseLocks } from './locks.ts';
import { ownQuestion } from './questions.ts';
import { vmwareHost } from './settings.ts';
import { dashed } from './uuid.ts';
import type { Due, Question, State, Vm } from './vm.ts';
import { readVmx, setting, writeVmx } from './vmx.ts';

/** Records one change of a VM in the truth log. Its process tells one copy from another. */
export function truth(vm: Vm, event: TruthEvent, time: number, detail?: Record<string, unknown>): void {
  const line = { time, event, name: vm.path, uuid: dashed(vm.uuid), domid: vm.process.pid };
  logTruth(detail ? { ...line, detail } : line);
}

/** When the next thing happens by itself. */
export function nextDue(state: State): number | undefined {
  const times = state.vms.flatMap((vm) => vm.due.map(({ at }) => at));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Carries out everything that has come due. A VM whose process is gone has crashed. */
export function settle(state: State, now: number, died = now): void {
  for (const vm of [...state.vms]) {
    if (vm.starter !== null && !alive(vm.starter)) close(state, vm);
    if (alive(vm.process) || !state.vms.includes(vm)) continue;
    const inOrder = endedInOrder(vm.process);
    if (inOrder) releaseLocks(vm.members);
    remove(state, vm);
    truth(vm, inOrder ? 'destroyed' : 'crashed', Math.min(died, now), { why: 'its process ended' });
  }
  for (;;) {
    const all = state.vms.flatMap((vm) => vm.due.map((due) => ({ vm, due })));
    const [first] = all.filter(({ due }) => due.at <= now).sort((one, other) => one.due.at - other.due.at);
    if (first === undefined) return;
    first.vm.due = first.vm.due.filter((due) => due !== first.due);
    happen(state, first.vm, first.due);
  }
}

function happen(state: State, vm: Vm, { what, at }: Due): void {
  switch (what) {
    case 'running':
    case 'resumed':
      run(vm, what, at);
      break;
    case 'suspended':
      saveState(vm);
      truth(vm, 'saved', at);
      close(state, vm);
      break;
    case 'shutdown':
    case 'crash':
      truth(vm, 'shutdown', at, { reason: what === 'crash' ? 'crash' : 'poweroff' });
      close(state, vm);
      break;
    case 'reboot':
      boot(vm, at);
      break;
    case 'ask':
      pause(vm, at);
      ask(state, vm, ownQuestion(vm.behaviour.question ?? '', vm.behaviour.questionChoices));
      break;
  }
}

function run(vm: Vm, what: 'running' | 'resumed', at: number): void {
  if (vm.resumes) discardState(vm.path);
  vm.phase = 'running';
  truth(vm, vm.resumes ? 'restored' : 'created', at);
  truth(vm, what, at);
  vm.since = at;
  vm.toolsFrom = vm.resumes ? at : at + vm.behaviour.bootSeconds * 1000;
  const { crashAfter, questionAfter } = vm.behaviour;
  if (crashAfter !== null) vm.due.push({ what: 'crash', at: at + crashAfter * 1000 });
  if (questionAfter !== null) vm.due.push({ what: 'ask', at: at + questionAfter * 1000 });
}

/** The guest begins anew, in the same process. */
export function boot(vm: Vm, now: number): void {
  vm.due = [];
  vm.phase = 'running';
  vm.since = now;
  vm.toolsFrom = now + vm.behaviour.bootSeconds * 1000;
  truth(vm, 'rebooted', now);
}

/** The guest executes no more until it is unpaused. */
export function pause(vm: Vm, now: number): void {
  if (vm.phase !== 'running') return;
  vm.phase = 'paused';
  truth(vm, 'paused', now);
}

export function unpause(vm: Vm, now: number): void {
  if (vm.phase !== 'paused') return;
  vm.phase = 'running';
  truth(vm, 'unpaused', now);
}

/** Has a VM wait for an answer. */
export function ask(state: State, vm: Vm, words: Omit<Question, 'id'>): void {
  vm.question = { id: ++state.lastQuestion, ...words };
  vm.phase = 'asking';
}

/** Ends the process of a VM in order: its locks go. */
export function close(state: State, vm: Vm): void {
  end(vm.process);
  releaseLocks(vm.members);
  remove(state, vm);
}

function remove(state: State, vm: Vm): void {
  state.vms = state.vms.filter((other) => other !== vm);
}

/** The first bytes of a state file. */
const magic = Buffer.from('d2bed2be', 'hex');

function saveState(vm: Vm): void {
  const name = `${basename(vm.path, '.vmx')}.vmss`;
  const content = JSON.stringify({ cpu: vmwareHost().cpu, uuid: vm.uuid });
  writeFileSync(join(dirname(vm.path), name), Buffer.concat([magic, Buffer.from(content)]));
  writeVmx(vm.path, { 'checkpoint.vmState': name });
}

/** Throws a suspended state away. */
export function discardState(path: string): void {
  const name = setting(readVmx(path), 'checkpoint.vmState');
  if (name) rmSync(join(dirname(path), name), { force: true });
  writeVmx(path, { 'checkpoint.vmState': '' });
}

/** The processors on which a state was saved; undefined when the file is none of these. */
export function cpuOfState(content: Buffer): string | undefined {
  if (!content.subarray(0, magic.length).equals(magic)) return undefined;
  try {
    return JSON.parse(content.subarray(magic.length).toString('utf8')).cpu;
  } catch {
    return undefined;
  }
}
