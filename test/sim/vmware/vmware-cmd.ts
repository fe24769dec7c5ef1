import { readSync } from 'node:fs';
import { completed, now, type Work, waitUntil } from '../clock.ts';
import { memoryHost, type Session } from '../memory-host.ts';
import { out, printed, writeAll } from '../output.ts';
import { readInventory } from './inventory.ts';
import {
  answer,
  askGuest,
  find,
  open,
  powerOff,
  powerOn,
  reset,
  stateOf,
  suspend,
  toolsAnswer,
  waitBegun,
  waitIdle,
  waitOff,
} from './power.ts';
import { Refusal } from './refusal.ts';
import { register, unregister } from './register.ts';
import { vmwareHost } from './settings.ts';
import { update, view } from './state.ts';
import { behaviourOf, toolsOf } from './vm.ts';
import { readVmx, setting, writeVmx } from './vmx.ts';

/** `vmware-cmd` of VMware Server 1. */
export const vmwareCmd = {
  run,
  subCommand: (args: readonly string[]) => {
    const { flags, rest } = split(args);
    return flags.has('l') ? 'list' : ((flags.has('s') ? rest[0] : rest[1]) ?? 'help');
  },
  unreachable: () => ({
    stdout: '',
    stderr:
      '/usr/bin/vmware-cmd: Could not connect to vmware-authd\n' +
      '  (VMControl error -14: Unexpected response from vmware-authd: Connection refused)\n',
    exit: 14,
  }),
  noise: 'Warning: a line that does not belong to the answer\n',
};

const usage = `Usage: /usr/bin/vmware-cmd <options> <vm-cfg-path> <vm-action> <arguments>
       /usr/bin/vmware-cmd -s <options> <server-action> <arguments>
`;

function split(args: readonly string[]): { flags: ReadonlySet<string>; rest: string[] } {
  const flags = new Set<string>();
  let at = 0;
  for (; args[at]?.startsWith('-'); at++) {
    const letter = (args[at] ?? '').slice(1);
    flags.add(letter);
    if (/^[HOUP]$/.test(letter)) at++;
  }
  return { flags, rest: args.slice(at) };
}

function* run(args: readonly string[]): Work<number> {
  const { flags, rest } = split(args);
  if (flags.has('l')) {
    for (const { path } of readInventory()) out(`${path}\n`);
    return 0;
  }
  const [first, second, ...words] = rest;
  if (first === undefined || second === undefined || flags.has('h')) {
    out(usage);
    return flags.has('h') ? 0 : 1;
  }
  const say = (name: string, argument: string, value: string | number) =>
    out(flags.has('q') ? `${value}\n` : `${name}(${argument}) = ${value}\n`);
  if (flags.has('s')) return server(first, second, say);
  if (!readInventory().some(({ path }) => path === first)) throw notRegistered(first);
  const action = actions[second];
  if (!action) throw new Refusal({ stderr: `/usr/bin/vmware-cmd: Unknown operation: ${second}\n`, exit: 1 });
  yield* completed(action(first, words, (value, argument = words[0] ?? '') => say(second, argument, value)));
  return 0;
}

function server(verb: string, path: string, say: (name: string, argument: string, value: number) => void): number {
  if (verb === 'register') {
    const problem = open(path) === 'missing' ? 'missing' : register(path);
    if (problem === 'missing') throw error(11, 'No such virtual machine');
    if (problem === 'exists') throw error(20, 'Virtual machine already exists');
  } else if (verb === 'unregister') {
    const entry = readInventory().find((one) => one.path === path);
    if (!entry) throw error(11, 'No such virtual machine');
    if (find(view(), path)) throw wrongState('unregister', stateOf(path));
    unregister(entry.id);
  } else throw new Refusal({ stderr: `/usr/bin/vmware-cmd: Unknown server operation: ${verb}\n`, exit: 1 });
  say(verb, path, 1);
  return 0;
}

type Action = (
  path: string,
  words: readonly string[],
  say: (value: string | number, argument?: string) => void,
) => unknown;

const actions: Record<string, Action> = {
  getstate: (path, _, say) => say(stateOf(path)),
  *start(path, _, say) {
    yield* mustBe(path, 'start', ['off', 'suspended']);
    if (typeof open(path) === 'string') throw error(11, 'No such virtual machine');
    powerOn(path, 'server1', true);
    const became = yield* waitBegun(path);
    if (became !== 'on') throw became === 'asking' ? asks() : error(999, 'Unknown error');
    say(1);
  },
  *stop(path, [mode = 'soft'], say) {
    yield* mustBe(path, 'stop', ['on']);
    yield* endGuest(path, mode);
    say(1);
  },
  *reset(path, [mode = 'soft'], say) {
    yield* mustBe(path, 'reset', ['on']);
    if (mode !== 'hard' && toolsAnswer(path)) askGuest(path, 'reboot');
    else if (mode === 'soft') throw noTools();
    else reset(path);
    say(1);
  },
  *suspend(path, _, say) {
    yield* mustBe(path, 'suspend', ['on']);
    if (!(yield* suspend(path))) throw asks();
    say(1);
  },
  *answer(path) {
    yield* converse(path);
  },
  getconfig: (path, [name = ''], say) => say(setting(configuration(path), name) ?? ''),
  setconfig: (path, [name = '', value = ''], say) => {
    writeVmx(path, { [name]: value });
    say(1, `${name} ${value}`);
  },
  getconfigfile: (path, _, say) => say(path),
  getpid: (path, _, say) => say(find(view(), path)?.process.pid ?? 0),
  getuptime: (path, _, say) => {
    const vm = find(view(), path);
    say(vm ? Math.floor((now() - vm.since) / 1000) : 0);
  },
  getheartbeat: (path, _, say) => say(toolsAnswer(path) ? Math.floor(now() / 1000) % 256 : 0),
  gettoolslastactive: (path, _, say) => {
    const tools = toolsOf(find(view(), path), behaviourOf(configuration(path)));
    say({ none: 0, silent: 100, running: 1 }[tools]);
  },
  hassnapshot: (_path, _words, say) => say(0),
};

function configuration(path: string) {
  if (typeof open(path) === 'string') throw error(11, 'No such virtual machine');
  return readVmx(path);
}

function* endGuest(path: string, mode: string): Work<void> {
  const hears = mode !== 'hard' && toolsAnswer(path);
  if (mode === 'soft' && !hears) throw noTools();
  if (hears) askGuest(path, 'shutdown');
  else powerOff(path);
  if (yield* waitOff(path, vmwareHost().softSeconds)) return;
  if (stateOf(path) === 'stuck') throw asks();
  if (mode === 'soft') throw error(7, 'Timeout');
  powerOff(path);
}

/** Shows the pending question, reads the number of an answer, or nothing for the default. */
function* converse(path: string): Work<void> {
  const question = find(view(), path)?.question;
  if (!question) throw new Refusal({ stderr: 'No questions pending.\n', exit: 1 });
  const { id, text, choices, preset } = question;
  out(`\nQuestion (id = ${id}) :${text}\n`);
  for (const [key, label] of choices.entries()) out(`\t${key}) ${label}\n`);
  out(`Select choice. Press enter for default <${preset}> : `);
  const host = memoryHost();
  if (host === undefined) writeAll(1, printed());
  const line = host === undefined ? readLine() : yield* heard(host.session);
  const key = line === '' ? preset : Number(line);
  const label = choices[key];
  if (label === undefined) throw new Refusal({ stderr: 'Invalid choice.\n', exit: 1 });
  update((state, now) => {
    const vm = find(state, path);
    if (vm?.question?.id === id) answer(state, vm, label, now);
  });
  if (host !== undefined) {
    out(`selected ${key} : ${label}\n`);
    return;
  }
  // What stands before it is printed already.
  writeAll(1, `selected ${key} : ${label}\n`);
  process.exit(0);
}

function* heard(session: Session): Work<string> {
  yield* waitUntil(() => session.lines.length > 0 || session.ended(), Number.POSITIVE_INFINITY);
  return session.lines.shift() ?? '';
}

function readLine(): string {
  const byte = Buffer.alloc(1);
  let line = '';
  for (;;) {
    let read = 0;
    try {
      read = readSync(0, byte, 0, 1, null);
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code === 'EAGAIN') continue;
    }
    if (read === 0 || byte[0] === 10) return line.trim();
    line += byte.toString('latin1');
  }
}

function* mustBe(path: string, operation: string, states: readonly string[]): Work<void> {
  yield* waitIdle(path);
  const state = stateOf(path);
  if (state === 'stuck') throw asks();
  if (!states.includes(state)) throw wrongState(operation, state);
}

/** The exit code is the number of the error modulo 256. */
function error(number: number, text: string): Refusal {
  return new Refusal({ stderr: `VMControl error -${number}: ${text}\n`, exit: number % 256 });
}

const asks = () => error(16, 'Virtual machine requires user input to continue');

const noTools = () =>
  error(8, "Invalid operation for virtual machine's current state: Make sure the VMware Server Tools are running");

const wrongState = (operation: string, state: string) =>
  error(
    8,
    `Invalid operation for virtual machine's current state: The requested operation ("${operation}") could not be ` +
      `completed because it conflicted with the state of the virtual machine ("${state}") at the time the request was ` +
      'received.  This error often occurs because the state of the virtual machine changed before it received the request.',
  );

function notRegistered(path: string): Refusal {
  const stderr =
    `/usr/bin/vmware-cmd: Could not connect to VM ${path}\n` +
    `  (VMControl error -11: No such virtual machine: The config file ${path} is not registered.\n` +
    'Please register the config file on the server.  For example:\n' +
    `vmware-cmd -s register "${path}")\n`;
  return new Refusal({ stderr, exit: 11 });
}
