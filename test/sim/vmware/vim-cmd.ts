import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { completed, pause, type Work } from '../clock.ts';
import { err, out } from '../output.ts';
import { datastorePath, plainPath } from './datastores.ts';
import { type Entry, readInventory } from './inventory.ts';
import {
  answer,
  askGuest,
  find,
  open,
  powerOff,
  powerOn,
  reset,
  suspend,
  suspendedState,
  toolsAnswer,
  waitBegun,
  waitIdle,
} from './power.ts';
import { register, unregister } from './register.ts';
import { vmwareHost } from './settings.ts';
import { update, view } from './state.ts';
import { exists, failed, fault, noSuchFile, noSuchVm, type PowerState, wrongState } from './vim-fault.ts';
import {
  datastores,
  displayName,
  guest,
  guestId,
  hardwareVersion,
  runtime,
  type Subject,
  summary,
} from './vim-objects.ts';
import { vmTable } from './vim-table.ts';
import { behaviourOf, toolsOf } from './vm.ts';
import { valuesOf } from './vmx.ts';
import { splitAgain } from './words.ts';

/** `vmware-vim-cmd` of VMware Server 2, and the `vim-cmd` of ESXi. */
export const vimCmd = {
  run,
  subCommand: (args: readonly string[]) => split(args)[0]?.replace(/^.*\//, '') ?? 'help',
  unreachable: () => ({ stdout: 'Failed to login: Connection reset by peer\n', stderr: '', exit: 1 }),
  noise: 'Warning: a line that does not belong to the answer\n',
};

/** The words behind the login options. */
function split(args: readonly string[]): string[] {
  let at = 0;
  while (args[at]?.startsWith('-')) at += /^-[HOUP]$/.test(args[at] ?? '') ? 2 : 1;
  return splitAgain(args.slice(at));
}

function* run(args: readonly string[]): Work<number> {
  const [verb = '', ...words] = split(args);
  // The agent of resource-agents leaves the last letter out.
  if (/^vmsvc\/getallvms?$/.test(verb)) return list();
  if (verb === 'solo/registervm') return registerVm(words[0] ?? '');
  if (verb === 'vmsvc/createdummyvm') return createDummy(words[0] ?? '', words[1] ?? '');
  const command = commands[verb];
  if (!command) {
    out(`Invalid command '${verb}'.\n`);
    return 1;
  }
  const entry = entryOf(words[0] ?? '');
  if (verb === 'vmsvc/unregister') return unregisterVm(entry);
  if (/^vmsvc\/power\.(?!getstate)/.test(verb)) yield* waitIdle(entry.path);
  yield* completed(command(subjectOf(entry), words.slice(1)));
  return 0;
}

/** A VM is named by its number or by its path. */
function entryOf(name: string): Entry {
  const path = plainPath(name);
  const entry = readInventory().find((one) => String(one.id) === name || one.path === path);
  if (!entry) throw noSuchVm(name);
  return entry;
}

function subjectOf(entry: Entry): Subject {
  const vmx = open(entry.path);
  const vm = find(view(), entry.path);
  // hostd lists no VM whose configuration it cannot read, and knows none of that number.
  if (typeof vmx === 'string') throw noSuchVm(String(entry.id));
  const power = vm ? 'poweredOn' : suspendedState(vmx) !== undefined ? 'suspended' : 'poweredOff';
  return { entry, vm, power, values: valuesOf(vmx), tools: toolsOf(vm, behaviourOf(vmx)) };
}

function list(): number {
  const rows: string[][] = [];
  const entries = readInventory().sort((one, other) => (String(one.id) < String(other.id) ? -1 : 1));
  for (const entry of entries) {
    const vmx = open(entry.path);
    if (typeof vmx === 'string') {
      err(`Skipping invalid VM '${entry.id}'\n`);
      continue;
    }
    const values = valuesOf(vmx);
    const file = datastorePath(entry.path);
    const name = displayName({ entry, values });
    rows.push([String(entry.id), name, file, guestId(values), hardwareVersion(values), values.get('annotation') ?? '']);
  }
  out(vmTable(rows));
  return 0;
}

function registerVm(name: string): number {
  const path = plainPath(name);
  const done = register(path);
  if (done === 'missing') throw noSuchFile();
  if (done === 'exists') throw exists(entryOf(path).id);
  if (vmwareHost().vimCmd === 'esxi') out(`${done.id}\n`);
  return 0;
}

function unregisterVm(entry: Entry): number {
  if (find(view(), entry.path)) throw wrongState('poweredOff', 'poweredOn', 'Unregister');
  unregister(entry.id);
  return 0;
}

function createDummy(name: string, file: string): number {
  const path = plainPath(file);
  if (existsSync(path)) throw exists(entryOf(path).id);
  mkdirSync(dirname(path), { recursive: true });
  const hardware = vmwareHost().vimCmd === 'esxi' ? 10 : 7;
  const settings = { 'config.version': 8, 'virtualHW.version': hardware, displayName: name, guestOS: 'other' };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = "${value}"\n`);
  writeFileSync(path, `.encoding = "UTF-8"\n${lines.join('')}`);
  const done = register(path);
  if (typeof done !== 'string') out(`${done.id}\n`);
  return 0;
}

const powerOnWords: Record<PowerState, string> = {
  poweredOn: 'Powered on',
  poweredOff: 'Powered off',
  suspended: 'Suspended',
};

type Command = (subject: Subject, words: readonly string[]) => unknown;

const commands: Record<string, Command> = {
  'vmsvc/unregister': () => {},
  'vmsvc/power.getstate': ({ power }) => out(`Retrieved runtime info\n${powerOnWords[power]}\n`),
  *'vmsvc/power.on'({ entry, power }) {
    out('Powering on VM:\n');
    if (power === 'poweredOn') throw wrongState('poweredOn', power, 'Power on');
    const begun = powerOn(entry.path, 'server2');
    for (let became = yield* waitBegun(entry.path); became === 'asking'; became = yield* waitBegun(entry.path)) {
      if (!vmwareHost().vimPowerOnWaits) break;
      yield* pause(20);
    }
    if (begun.kind === 'locked' || !find(view(), entry.path)) {
      throw failed('Power on');
    }
  },
  'vmsvc/power.off': ({ entry, power }) => {
    out('Powering off VM:\n');
    if (power !== 'poweredOn') throw wrongState('poweredOff', power, 'Power off');
    powerOff(entry.path);
  },
  *'vmsvc/power.suspend'({ entry, power }) {
    out('Suspending VM:\n');
    if (power !== 'poweredOn') throw wrongState('suspended', power, 'Suspend');
    if (!(yield* suspend(entry.path))) throw failed('Suspend');
  },
  'vmsvc/power.reset': ({ entry, power }) => {
    out('Reset VM:\n');
    if (power !== 'poweredOn') throw wrongState('poweredOn', power, 'Reset');
    reset(entry.path);
  },
  'vmsvc/power.shutdown': (subject) => tellGuest(subject, 'shutdown'),
  'vmsvc/power.reboot': (subject) => tellGuest(subject, 'reboot'),
  'vmsvc/message': ({ entry, vm }, [id, key]) => {
    if (id !== undefined) return give(entry, id, Number(key));
    const question = vm?.question;
    if (!question) return out('No message.\n');
    const choices = question.choices.map(
      (label, index) => `${index}. ${label} (${label})${index === question.preset ? ' [default]' : ''}\n`,
    );
    out(`Virtual machine message ${question.id}:\n${question.message}:${question.text}\n${choices.join('')}`);
  },
  'vmsvc/get.summary': (subject) => out(summary(subject)),
  'vmsvc/get.runtime': (subject) => out(runtime(subject)),
  'vmsvc/get.guest': (subject) => out(guest(subject)),
  'vmsvc/get.datastores': (subject) => out(datastores(subject)),
  'vmsvc/get.tasklist': () => out('(ManagedObjectReference) []\n'),
};

function tellGuest({ entry, power }: Subject, what: 'shutdown' | 'reboot'): void {
  if (power !== 'poweredOn') throw wrongState('poweredOff', power, what === 'shutdown' ? 'Shutdown' : 'Reboot');
  if (!toolsAnswer(entry.path)) {
    const words = 'Cannot complete operation because VMware Tools is not running in this virtual machine.';
    throw fault('vim.fault.ToolsUnavailable', [], words);
  }
  askGuest(entry.path, what);
}

function give(entry: Entry, id: string, key: number): void {
  const isGiven = update((state, now) => {
    const vm = find(state, entry.path);
    const label = vm?.question?.choices[key];
    if (!vm || label === undefined || String(vm.question?.id) !== id) return false;
    answer(state, vm, label, now);
    return true;
  });
  if (!isGiven) throw fault('vmodl.fault.InvalidArgument', [], 'A specified parameter was not correct.');
}
