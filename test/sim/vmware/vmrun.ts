import { completed, type Work } from '../clock.ts';
import { out } from '../output.ts';
import { datastorePath, plainPath } from './datastores.ts';
import { pause, unpause } from './guest.ts';
import { readInventory } from './inventory.ts';
import {
  askGuest,
  find,
  open,
  powerOff,
  powerOn,
  reset,
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
import { behaviourOf, type Product, toolsOf } from './vm.ts';
import { usageWithoutServers, usageWithServers } from './vmrun-usage.ts';
import { readVmx } from './vmx.ts';

const failed = (text: string) => new Refusal({ stdout: `Error: ${text}\n`, exit: 255 });

/** `vmrun` of Workstation and Player, and of the two VMware Servers. */
export const vmrun = {
  run,
  subCommand: (args: readonly string[]) => split(args).rest[0] ?? 'help',
  unreachable: (args: readonly string[]) => {
    const lost =
      'Error: The system returned an error. Communication with the virtual machine may have been interrupted\n';
    return {
      stdout: hasInventory(productOf(split(args).options)) ? `Unable to connect to host.\n${lost}` : lost,
      stderr: '',
      exit: 255,
    };
  },
  noise: 'Warning: program compiled against libxml 210 using older 209\n',
};

interface Call {
  readonly product: Product;
  /** The path as it was given, and the file that it means. */
  readonly name: string;
  readonly path: string;
  readonly words: readonly string[];
}

function split(args: readonly string[]): { options: ReadonlyMap<string, string>; rest: string[] } {
  const options = new Map<string, string>();
  let at = 0;
  for (; args[at]?.startsWith('-') && !args[at]?.startsWith('--'); at += 2)
    options.set(args[at] ?? '', args[at + 1] ?? '');
  return { options, rest: args.slice(at) };
}

const kinds: Record<string, Product> = { ws: 'ws', player: 'player', server: 'server2', server1: 'server1' };

const productOf = (options: ReadonlyMap<string, string>): Product => kinds[options.get('-T') ?? 'ws'] ?? 'ws';
const hasInventory = (product: Product) => product.startsWith('server');

function* run(args: readonly string[]): Work<number> {
  const { options, rest } = split(args);
  const product = productOf(options);
  const [command, name = '', ...words] = rest;
  const usage = hasInventory(product) ? usageWithServers : usageWithoutServers;
  const known = options.get('-T') === undefined || kinds[options.get('-T') ?? ''] !== undefined;
  if (command === undefined || !known) return refuseUsage(usage);
  const general = generalCommands[command];
  const onVm = vmCommands[command];
  if (general && (command === 'list' || hasInventory(product))) general(product);
  else if (!onVm || (inventoryCommands.includes(command) && !hasInventory(product))) {
    return refuseUsage(`Invalid argument: ${command}\n${usage}`);
  } else if (name === '') return refuseUsage(usage);
  else yield* completed(onVm({ product, name, path: product === 'server2' ? plainPath(name) : name, words }));
  return 0;
}

function refuseUsage(text: string): number {
  out(text);
  return 255;
}

const nameOf = (path: string, product: Product) => (product === 'server2' ? datastorePath(path) : path);

const generalCommands: Record<string, (product: Product) => void> = {
  list: (product) => {
    const running = view().vms;
    out(`Total running VMs: ${running.length}\n`);
    for (const { path } of running) out(`${nameOf(path, product)}\n`);
  },
  listRegisteredVM: (product) => {
    const entries = readInventory();
    out(`Total registered VMs: ${entries.length}\n`);
    for (const { path } of entries) out(`${nameOf(path, product)}\n`);
  },
};

const inventoryCommands = ['register', 'unregister'];

const vmCommands: Record<string, (call: Call) => unknown> = {
  *start(call) {
    mustOpen(call);
    mustBeRegistered(call);
    yield* waitIdle(call.path);
    const begun = powerOn(call.path, call.product);
    // A dialog of the configuration lets no one in; one about a disk is what nobody answers here.
    if (begun.kind === 'locked')
      throw failed(begun.file.endsWith('.vmx') ? 'The file is already in use' : 'The operation was canceled');
    if (begun.kind === 'already on' || (yield* waitBegun(call.path)) === 'on') return;
    powerOff(call.path);
    throw failed('The operation was canceled');
  },
  *stop(call) {
    yield* mustRun(call);
    if (call.words[0] !== 'soft') return powerOff(call.path);
    mustHaveTools(call);
    askGuest(call.path, 'shutdown');
    if (!(yield* waitOff(call.path, vmwareHost().softSeconds))) throw failed('Timeout waiting for guest tools');
  },
  *reset(call) {
    yield* mustRun(call);
    if (call.words[0] !== 'soft') return reset(call.path);
    mustHaveTools(call);
    askGuest(call.path, 'reboot');
  },
  *suspend(call) {
    yield* mustRun(call);
    if (call.words[0] === 'soft') mustHaveTools(call);
    if (!(yield* suspend(call.path))) throw failed('The operation was canceled');
  },
  *pause(call) {
    yield* changeExecution(call, pause);
  },
  *unpause(call) {
    yield* changeExecution(call, unpause);
  },
  checkToolsState: (call) => {
    const behaviour = behaviourOf(mustOpen(call));
    const tools = toolsOf(find(view(), call.path), behaviour);
    out(`${{ none: 'unknown', silent: 'installed', running: 'running' }[tools]}\n`);
  },
  *getGuestIPAddress(call) {
    yield* mustRun(call);
    const address = behaviourOf(mustOpen(call)).address;
    if (!toolsAnswer(call.path) || address === null) throw failed('Unable to get the IP address');
    out(`${address}\n`);
  },
  register: (call) => {
    mustOpen(call);
    const done = register(call.path);
    if (done === 'exists') throw failed('The file already exists');
  },
  unregister: (call) => {
    if (find(view(), call.path)) throw failed('The virtual machine should not be powered on. It is already running.');
    const entry = readInventory().find(({ path }) => path === call.path);
    if (!entry) throw cannotOpen(call, 'The virtual machine cannot be found');
    unregister(entry.id);
  },
  deleteVM: (call) => {
    if (find(view(), call.path)) throw failed('The virtual machine should not be powered on. It is already running.');
    throw failed('The operation is not supported for the specified parameters');
  },
};

const cannotOpen = ({ name }: Call, why: string) => failed(`Cannot open VM: ${name}, ${why}`);

function mustOpen(call: Call) {
  if (call.product === 'server2' && !call.name.startsWith('[')) {
    throw cannotOpen(call, 'The virtual machine cannot be found');
  }
  if (!/\.vm(x|tm)$/.test(call.path)) throw cannotOpen(call, 'unknown file suffix');
  const vmx = open(call.path);
  if (vmx === 'missing') throw cannotOpen(call, 'The virtual machine cannot be found');
  if (vmx === 'unreadable') throw cannotOpen(call, 'Cannot read the virtual machine configuration file');
  return readVmx(call.path);
}

function mustBeRegistered(call: Call): void {
  if (!hasInventory(call.product) || readInventory().some(({ path }) => path === call.path)) return;
  throw cannotOpen(call, 'The virtual machine cannot be found');
}

function* mustRun(call: Call): Work<void> {
  yield* waitIdle(call.path);
  if (find(view(), call.path)) return;
  mustOpen(call);
  throw failed(`The virtual machine is not powered on: ${call.name}`);
}

function mustHaveTools(call: Call): void {
  if (!toolsAnswer(call.path)) {
    throw failed(`The VMware Tools are not running in the virtual machine: ${call.name}`);
  }
}

function* changeExecution(call: Call, change: typeof pause): Work<void> {
  if (call.product !== 'ws') throw failed('The operation is not supported for the specified parameters');
  yield* mustRun(call);
  update((state, now) => {
    const vm = find(state, call.path);
    if (vm) change(vm, now);
  });
}
