import { join } from 'node:path';
import type { Operation } from '../../lib/hypervisor/vmware/toolstack.ts';
import type { Entry, VmwareState } from '../../lib/hypervisor/vmware/vmware-state.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { fromNow, rest } from '../../lib/system/clock.ts';
import { privateFolder } from '../../lib/system/memory.ts';
import type { Launched, RunResult } from '../../lib/system/runner.ts';
import type { Vm, VmwareContext } from './vm.ts';

/** How long the state may lag behind a command that ended with success, in milliseconds. */
const settleMs = 10_000;

/** Something that is done to a VM until it has the state that it should bring. */
export interface Wish {
  readonly operation: Operation;
  readonly entry: Entry | undefined;
  readonly until: (state: VmwareState) => boolean;
  /** What to do about a question that comes up; without it, the question ends the wait. */
  readonly onQuestion?: ((entry: Entry | undefined) => Promise<void>) | undefined;
}

/**
 * Does something to a VM, and returns what was seen last, with the words of the tool if it failed.
 *
 * The tool runs in a session of its own: vmrun starts vmware-vmx in that of its caller, and a signal to the process group,
 * which is how Pacemaker ends a late action, powers such a VM off. A tool that an earlier action left at the same work is
 * waited for, and not run twice.
 */
export async function operate(
  wish: Wish,
  vm: Vm,
  context: VmwareContext,
  deadline: Deadline,
): Promise<{ readonly state: VmwareState; readonly words: string | undefined }> {
  const first = await attempt(wish, false, vm, context, deadline);
  // A guest without VMware Tools runs no scripts before a suspend: it is suspended without them.
  const wantsTools = wish.operation === 'suspend' && /Tools are (?:not )?running/i.test(first.words ?? '');
  return wantsTools ? attempt(wish, true, vm, context, deadline) : first;
}

async function attempt(
  { operation, entry, until, onQuestion }: Wish,
  hard: boolean,
  vm: Vm,
  context: VmwareContext,
  deadline: Deadline,
): Promise<{ readonly state: VmwareState; readonly words: string | undefined }> {
  const { host, log, environment } = context;
  const { program, options, commands } = await vm.tool();
  const words = commands.words(operation, entry, hard);
  const isUnderWay = () => host.processes().some(({ args }) => endsWith(args, words));
  let running: Launched | undefined;
  if (isUnderWay()) {
    log.info(`${vm.label}: ${program} ${words.join(' ')} is still under way`);
  } else {
    log.info(`${vm.label}: ${program} ${words.join(' ')}`);
    const logName = `${encodeURIComponent(environment.instance)}.${operation.replace(' ', '-')}.log`;
    try {
      const logFile = join(privateFolder(host.runFolder), logName);
      running = await host.runner.launch(program, [...options, ...words], logFile);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { state: await vm.look(deadline), words: why };
    }
  }
  let complaint: string | undefined;
  /** Until when the state may lag behind the tool, or the tool behind the state. */
  let settled: Deadline | undefined;
  // States that say nothing of what the command did: a VM that is being suspended still writes its memory.
  const isOpen = ({ kind }: VmwareState) =>
    kind === 'unknown' || kind === 'lingering' || (kind === 'asking' && onQuestion !== undefined);
  const isStuck = ({ kind }: VmwareState) => kind === 'asking' && onQuestion === undefined && operation !== 'power off';
  let isEnded = running === undefined;
  // The process of a VM ends with it: so the end of a guest that takes long to shut down is seen at once.
  const machines = vm.processes();
  let watched: (() => boolean) | undefined = () => machines.some(({ pid }) => !host.isAlive(pid));
  for (let pause = 20; ; pause = Math.min(500, pause * 1.5)) {
    const code = isEnded ? undefined : await running?.ended(deadline.within(pause));
    if (code !== undefined) {
      isEnded = true;
      complaint = commands.complaint(result(code, running?.output() ?? ''));
      settled = fromNow(settleMs, host.clock);
    }
    if (running === undefined && settled === undefined && !isUnderWay()) settled = fromNow(settleMs, host.clock);
    const state = await vm.look(deadline);
    if (state.kind === 'asking' && onQuestion !== undefined) await onQuestion(state.entry);
    const isReached = until(state);
    // A tool that says nothing of the state that it brought may still find fault with it.
    if (isReached && !isEnded) settled ??= fromNow(settleMs, host.clock);
    if (isReached && (isEnded || settled?.passed)) return { state, words: complaint };
    const isOver = isEnded && (complaint !== undefined || settled?.passed === true) && !isOpen(state);
    if (isStuck(state) || isOver || deadline.passed) return { state, words: complaint };
    if (isEnded && (await rest(Math.min(pause, deadline.remaining()), host.clock, watched))) {
      watched = undefined;
      pause = 20;
    }
  }
}

const result = (code: number, output: string): RunResult => ({
  outcome: code < 0 ? 'killed' : 'exited',
  code,
  stdout: output,
  stderr: '',
});

const endsWith = (args: readonly string[], words: readonly string[]) =>
  args.length > words.length && words.every((word, at) => args[args.length - words.length + at] === word);
