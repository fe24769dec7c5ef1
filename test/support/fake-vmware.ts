import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { memberBytes } from '../../lib/hypervisor/vmware/lock-member.ts';
import { machineIdsOf } from '../../lib/hypervisor/vmware/lock-owner.ts';
import type { Toolstack } from '../../lib/hypervisor/vmware/toolstack.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import type { Clock } from '../../lib/system/clock.ts';
import type { Process } from '../../lib/system/process-table.ts';
import type { Reply, Runner, RunResult } from '../../lib/system/runner.ts';
import { splitWords } from '../../lib/system/shell-words.ts';
import type { Fault } from './fake-xen.ts';

/** A question that the fake VM asks when it is powered on. */
export interface FakeQuestion {
  readonly message: string;
  readonly text: string;
  readonly labels: readonly string[];
  /** The label after which the power on goes on; others call it off. */
  readonly goesOnWith: readonly string[];
}

export const movedQuestion: FakeQuestion = {
  message: 'msg.uuid.altered',
  text: 'This virtual machine may have been moved or copied.\n\nDid you move this virtual machine, or did you copy it?',
  labels: ['Cancel', 'I _moved it', 'I _copied it'],
  goesOnWith: ['I _moved it', 'I _copied it'],
};

export const resumeQuestion: FakeQuestion = {
  message: 'msg.checkpoint.resume.softError',
  text: 'Your virtual machine did not resume because of a correctable error. Preserve the suspended state and correct the error, or discard the suspended state.',
  labels: ['Preserve', 'Discard'],
  goesOnWith: ['Discard'],
};

/** The one VM of the fake host, with what its guest does. */
export interface FakeVm {
  power: 'on' | 'off' | 'suspended';
  registered: boolean;
  id: number;
  /** A second entry of the same VM. */
  twice: boolean;
  /** An entry that the inventory calls invalid and does not list. */
  invalid: boolean;
  question: FakeQuestion | undefined;
  pending: FakeQuestion | undefined;
  answered: string[];
  tools: 'running' | 'none' | 'ignores';
  /** Whether it comes up at all. */
  boots: boolean;
  operationMs: number;
  /** How long its process outlives the word of the toolstack. */
  lingerMs: number;
}

export interface FakeVmware {
  readonly toolstack: Toolstack;
  readonly runner: Runner;
  readonly calls: string[];
  readonly vm: FakeVm;
  readonly vmxpath: string;
  readonly processes: Process[];
  readonly killed: [number, NodeJS.Signals][];
  /** Answers by the beginning of a command line, asked before the model is. */
  readonly answers: Map<string, Fault>;
  readonly hooks: Map<string, () => void>;
  /** A fault of every call of a program. */
  readonly faults: Map<string, Fault>;
  /** Lets the VM run. */
  powerOn(): void;
  /** Writes the files of a suspended VM, and takes its own lock away. */
  suspendFiles(): void;
  /** Writes a lock of the .vmx as VMware does. */
  lock(lock: { machineId?: string; pid?: number; startTicks?: number; name?: string; writtenMs?: number }): string;
}

const ownId = machineIdsOf([hostname()])[0] ?? '';

/** The content of a lock member. */
export function memberContent(machineId: string, pid: number, startTicks: number): Buffer {
  const content = Buffer.alloc(memberBytes);
  content.write(`${machineId} ${pid}-${startTicks}(vmware-vmx) 1 X ${startTicks} lc=123`);
  return content;
}

/** A host in memory with one VM, whose tools answer as the recordings do; the files of the VM are real. */
export function fakeVmware(
  toolstack: Toolstack,
  vmxpath: string,
  clock: Clock & { advance(ms: number): void },
  /** The name of the lock that this host writes. */
  ownLock = 'M00001.lck',
): FakeVmware {
  const vm: FakeVm = {
    power: 'off',
    registered: false,
    id: 16,
    twice: false,
    invalid: false,
    question: undefined,
    pending: undefined,
    answered: [],
    tools: 'running',
    boots: true,
    operationMs: 300,
    lingerMs: 0,
  };
  /** What comes due by itself. */
  const due: { readonly at: number; readonly what: () => void }[] = [];
  const later = (ms: number, what: () => void) => due.push({ at: clock.now() + ms, what });
  const ok = (stdout = '') => ({ outcome: 'exited' as const, code: 0, stdout, stderr: '' });
  const bad = (code: number, stdout: string, stderr = '') => ({ outcome: 'exited' as const, code, stdout, stderr });
  const program = toolstack;

  const fake: FakeVmware = {
    toolstack,
    vmxpath,
    calls: [],
    vm,
    processes: [],
    killed: [],
    answers: new Map(),
    hooks: new Map(),
    faults: new Map(),
    powerOn,
    suspendFiles: () => {
      checkpoint('vm.vmss');
      rmSync(join(`${vmxpath}.lck`, ownLock), { force: true });
    },
    lock,
    runner: {
      query: (name, args, deadline) => answer(name, args, deadline),
      perform: async (name, args, deadline) => answer(name, args, deadline),
      converse: async (name, args, reply, deadline) => converse(name, args, reply, deadline),
      launch: async (name, args) => launch(name, args),
    },
  };
  return fake;

  function lock({ machineId = ownId, pid = 4711, startTicks = 1000, name = ownLock, writtenMs = 0 }): string {
    const folder = `${vmxpath}.lck`;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), memberContent(machineId, pid, startTicks));
    if (writtenMs > 0) utimesSync(join(folder, name), writtenMs / 1000, writtenMs / 1000);
    return join(folder, name);
  }

  function checkpoint(state: string): void {
    const text = readFileSync(vmxpath, 'utf8').replace(/^checkpoint\.vmState.*\n/m, '');
    writeFileSync(vmxpath, `${text}checkpoint.vmState = "${state}"\n`);
    const file = join(dirname(vmxpath), 'vm.vmss');
    if (state === '') rmSync(file, { force: true });
    else writeFileSync(file, 'memory');
  }

  function powerOn(): void {
    vm.power = 'on';
    vm.pending = undefined;
    const args = ['/usr/lib/vmware/bin/vmware-vmx', '-#', 'product=2;name=VMware Server', vmxpath];
    fake.processes.push({ pid: 4711, parent: 1, args, output: '', startTicks: 1000 });
    lock({});
    checkpoint('');
  }

  function goDown(power: 'off' | 'suspended'): void {
    vm.power = power;
    vm.pending = undefined;
    checkpoint(power === 'suspended' ? 'vm.vmss' : '');
    later(vm.lingerMs, () => {
      fake.processes.splice(0, fake.processes.length, ...fake.processes.filter(({ pid }) => pid !== 4711));
      rmSync(join(`${vmxpath}.lck`, ownLock), { force: true });
    });
  }

  function tick(): void {
    clock.advance(1);
    for (const event of due.filter(({ at }) => clock.now() >= at)) {
      due.splice(due.indexOf(event), 1);
      event.what();
    }
  }

  function given(name: string, args: readonly string[], deadline: Deadline): RunResult | undefined {
    const line = [name, ...args].join(' ');
    fake.calls.push(line);
    tick();
    for (const [start, hook] of fake.hooks) if (line.startsWith(start)) hook();
    const fault = fake.faults.get(name) ?? [...fake.answers].find(([start]) => line.startsWith(start))?.[1];
    if (fault === 'hang') {
      clock.advance(Math.min(deadline.remaining(), 1e6));
      return { outcome: 'timed-out', code: -1, stdout: '', stderr: '' };
    }
    return fault === undefined ? undefined : { outcome: 'exited', code: 0, stdout: '', stderr: '', ...fault };
  }

  function answer(name: string, args: readonly string[], deadline: Deadline): RunResult {
    const fault = given(name, args, deadline);
    if (fault !== undefined) return fault;
    if (name !== program) return { outcome: 'missing', code: -1, stdout: '', stderr: '' };
    if (toolstack === 'vmware-cmd') return vmwareCmd(args);
    return toolstack === 'vmrun' ? vmrun(args) : vimCmd(args);
  }

  async function launch(name: string, args: readonly string[]) {
    const limit = { remaining: () => 1e9, passed: false, within: () => limit };
    const fault = given(name, args, limit);
    const result = fault ?? (name === program ? operate(args) : undefined);
    if (result === undefined || result.outcome === 'missing' || result.outcome === 'denied')
      throw new Error(`spawn ${name} ENOENT`);
    const endsAt = clock.now() + vm.operationMs;
    return {
      pid: 99,
      output: () => result.stdout + result.stderr,
      ended: async (deadline: Deadline) => {
        tick();
        // A power on blocks while it asks.
        const blocks = vm.pending !== undefined && args.some((word) => word === 'start' || word === 'vmsvc/power.on');
        const never = result.outcome !== 'exited' || blocks;
        clock.advance(Math.min(deadline.remaining(), never ? 1e9 : Math.max(0, endsAt - clock.now())));
        return never || clock.now() < endsAt ? undefined : result.code;
      },
    };
  }

  /** What a launched command does when its time has come. */
  function operate(args: readonly string[]): RunResult {
    const words = args.join(' ');
    const wants = /power\.on|(^| )start( |$)/.test(words)
      ? 'on'
      : /suspend/.test(words)
        ? 'suspended'
        : /power\.off|hard/.test(words)
          ? 'off'
          : 'soft';
    const conflict = wants === 'on' ? vm.power === 'on' : vm.power !== 'on' && vm.pending === undefined;
    if (conflict || (!isKnown(args) && toolstack !== 'vmrun')) return complaint(wants);
    if (wants === 'on') {
      if (hasForeignLock()) return complaint('locked');
      vm.pending = vm.question;
      if (vm.pending === undefined && vm.boots) {
        // The lock is taken at once; the VM runs when it is up.
        lock({});
        later(vm.operationMs, powerOn);
      }
      return vm.boots ? success(wants, words) : complaint('on');
    }
    if (wants === 'soft') {
      if (vm.tools === 'none') return complaint('tools');
      if (vm.tools === 'running') later(vm.operationMs, () => goDown('off'));
      return success(wants, words);
    }
    later(vm.operationMs, () => goDown(wants));
    return success(wants, words);
  }

  function hasForeignLock(): boolean {
    const folder = `${vmxpath}.lck`;
    return existsSync(folder) && readdirSync(folder).some((name) => name !== ownLock);
  }

  function isKnown(args: readonly string[]): boolean {
    if (toolstack === 'vmware-vim-cmd') return vm.registered && args.includes(String(vm.id));
    return vm.registered && args.includes(vmxpath);
  }

  function success(wants: string, words: string): RunResult {
    if (toolstack === 'vmrun') return ok();
    if (toolstack === 'vmware-cmd') {
      const verb = wants === 'on' ? 'start' : wants === 'suspended' ? 'suspend' : 'stop';
      return ok(`Warning: something else\n${verb}(${/hard/.test(words) ? 'hard' : ''}) = 1\n`);
    }
    return ok({ on: 'Powering on VM:\n', suspended: 'Suspending VM:\n', off: 'Powering off VM:\n' }[wants] ?? '');
  }

  function complaint(what: string): RunResult {
    if (toolstack === 'vmware-cmd') {
      if (!vm.registered) return notRegistered();
      const text =
        what === 'tools'
          ? 'Make sure the VMware Server Tools are running'
          : `The requested operation ("${what}") could not be completed because it conflicted with the state`;
      return bad(8, '', `VMControl error -8: Invalid operation for virtual machine's current state: ${text}\n`);
    }
    if (toolstack === 'vmrun') {
      const text = {
        tools: `The VMware Tools are not running in the virtual machine: ${vmxpath}`,
        locked: 'The file is already in use',
        on: 'The operation was canceled',
      }[what];
      return bad(255, `Error: ${text ?? `The virtual machine is not powered on: ${vmxpath}`}\n`);
    }
    return ok(
      `Powering on VM:\n(vim.fault.InvalidPowerState) {\n  msg = "The attempted operation cannot be performed in the current state (${what}).",\n}\n`,
    );
  }

  function notRegistered(): RunResult {
    return bad(
      11,
      '',
      `/usr/bin/vmware-cmd: Could not connect to VM ${vmxpath}\n  (VMControl error -11: No such virtual machine: The config file ${vmxpath} is not registered.\nPlease register the config file on the server.  For example:\nvmware-cmd -s register "${vmxpath}")\n`,
    );
  }

  function vmwareCmd(args: readonly string[]): RunResult {
    if (args[0] === '-s') {
      const [, verb, path] = args;
      if (path !== vmxpath) return bad(11, '', 'VMControl error -11: No such virtual machine\n');
      const wanted = verb === 'register';
      if (vm.registered === wanted) {
        return wanted
          ? bad(20, '', 'VMControl error -20: Virtual machine already exists\n')
          : bad(11, '', 'VMControl error -11: No such virtual machine\n');
      }
      vm.registered = wanted;
      return ok(`${verb}(${vmxpath}) = 1\n`);
    }
    if (args[0] !== vmxpath || !vm.registered) return notRegistered();
    if (args[1] === 'getstate') {
      return ok(`Warning: noise\ngetstate() = ${vm.pending === undefined ? vm.power : 'stuck'}\n`);
    }
    if (args[1] === 'gettoolslastactive')
      return ok(`gettoolslastactive() = ${vm.tools === 'running' ? 1 : vm.tools === 'none' ? 0 : 100}\n`);
    throw new Error(`the fake vmware-cmd has no ${args.join(' ')}`);
  }

  function converse(name: string, args: readonly string[], reply: Reply, deadline: Deadline): RunResult {
    const fault = given(name, args, deadline);
    if (fault !== undefined) return fault;
    const question = vm.pending;
    if (question === undefined) return bad(1, '', 'No questions pending.\n');
    const lines = question.labels.map((label, key) => `\t${key}) ${label}\n`);
    const dialogue = `Warning: noise\n\nQuestion (id = 7) :${question.message}:${question.text}\n${lines.join('')}Select choice. Press enter for default <0> : `;
    const said = reply(dialogue);
    if (said === undefined || said === 'hang up') return { outcome: 'killed', code: -1, stdout: dialogue, stderr: '' };
    const label = question.labels[Number(said.trim())] ?? '';
    settle(label);
    return ok(`${dialogue}selected ${said.trim()} : ${label}\n`);
  }

  function settle(label: string): void {
    const question = vm.pending;
    vm.answered.push(label);
    vm.question = undefined;
    vm.pending = undefined;
    if (question?.goesOnWith.includes(label)) later(vm.operationMs, powerOn);
  }

  function vimCmd(all: readonly string[]): RunResult {
    const [verb, ...args] = all;
    const [id] = args;
    const fault = (type: string, msg: string, more = '') =>
      ok(`(${type}) {\n  dynamicType = <unset>,\n${more}  msg = "${msg}",\n}\n`);
    const file = `[standard] ${basename(dirname(vmxpath))}/${basename(vmxpath)}`;
    const row = (one: number) => `${one}     A VM [a] (x)   ${file}   otherGuest   vmx-07   \n`;
    if (verb === 'vmsvc/getallvms') {
      const own = vm.registered ? row(vm.id) + (vm.twice ? row(vm.id + 16) : '') : '';
      const header = 'Vmid   Name   File   Guest OS   Version   Annotation\n';
      return {
        ...ok(`${header}112    other   [standard] other/other.vmx   otherGuest   vmx-07   ${file} of old\n${own}`),
        stderr: vm.invalid ? "Skipping invalid VM '48'\n" : '',
      };
    }
    if (verb === 'solo/registervm') {
      if (vm.invalid) return fault('vim.fault.AlreadyExists', 'The specified key already exists.', '  name = "48",\n');
      // The command line is split a second time.
      if (splitWords(args[0] ?? '').join('\0') !== vmxpath)
        return fault('vim.fault.NotFound', 'The object or item referred to could not be found.');
      vm.registered = true;
      return ok();
    }
    if (verb === 'vmsvc/unregister' && id === '48') {
      vm.invalid = false;
      return ok();
    }
    if (verb === 'vmsvc/get.summary' && id === '112')
      return ok(summary('[standard] other/other.vmx', 'poweredOn', '112'));
    const isTwin = vm.twice && id === String(vm.id + 16);
    if (!vm.registered || (id !== String(vm.id) && !isTwin))
      return fault('vim.fault.NotFound', `Unable to find a VM corresponding to "${id}"`);
    switch (verb) {
      case 'vmsvc/get.summary':
        return ok(summary(file, { on: 'poweredOn', off: 'poweredOff', suspended: 'suspended' }[vm.power], id));
      case 'vmsvc/get.datastores':
        return ok(
          `name                 standard\nurl                  ${dirname(dirname(vmxpath))}\ncapacity             1\n`,
        );
      case 'vmsvc/unregister':
        if (isTwin) vm.twice = false;
        else vm.registered = false;
        return ok();
      case 'vmsvc/get.guest':
        return ok(
          `Guest information:\n\n(vim.vm.GuestInfo) {\n   toolsStatus = "${vm.tools === 'running' ? 'toolsOk' : 'toolsNotRunning'}",\n}\n`,
        );
      case 'vmsvc/message': {
        if (vm.pending === undefined) return ok('No message.\n');
        if (args.length > 1) {
          settle(vm.pending.labels[Number(args[2])] ?? '');
          return ok();
        }
        const choices = vm.pending.labels.map(
          (label, key) => `${key}. ${label} (${label})${key === 0 ? ' [default]' : ''}\n`,
        );
        return ok(`Virtual machine message 12:\n${vm.pending.message}:${vm.pending.text}\n\n${choices.join('')}`);
      }
      default:
        throw new Error(`the fake vim-cmd has no ${verb}`);
    }
  }

  function summary(file: string, power: string, id: string | undefined): string {
    const question = vm.pending === undefined || id === '112' ? 'null,' : '{\n        id = "12",\n     },';
    return `Listsummary:\n(vim.vm.Summary) {\n  dynamicType = <unset>,\n  vm = 'vim.VirtualMachine:${id}',\n  runtime = (vim.vm.RuntimeInfo) {\n     powerState = "${power}",\n     question = (vim.vm.QuestionInfo) ${question}\n  },\n  config = (vim.vm.Summary.ConfigSummary) {\n     name = "A VM",\n     vmPathName = "${file}",\n  },\n}\n`;
  }

  function vmrun(all: readonly string[]): RunResult {
    const [, , verb] = all;
    if (verb === 'list') {
      const own = vm.power === 'on' ? [vmxpath] : [];
      const paths = ['/vms/other/other.vmx', ...own];
      return ok(
        `Warning: program compiled against libxml 210 using older 209\nTotal running VMs: ${paths.length}\n${paths.map((path) => `${path}\n`).join('')}`,
      );
    }
    if (verb === 'checkToolsState') return ok(`${vm.tools === 'running' ? 'running' : 'installed'}\n`);
    throw new Error(`the fake vmrun has no ${verb}`);
  }
}
