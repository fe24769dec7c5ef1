import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Process } from '../../lib/system/process-table.ts';
import type { Work } from '../sim/clock.ts';
import { nextDue as nextXenDue } from '../sim/guest.ts';
import type { TruthLine } from '../sim/host.ts';
import { type MemoryHost, onHost, type Session, type Transport } from '../sim/memory-host.ts';
import { Refusal } from '../sim/refusal.ts';
import { view as viewXen } from '../sim/state.ts';
import { nextDue as nextVmwareDue } from '../sim/vmware/guest.ts';
import { view as viewVmware } from '../sim/vmware/state.ts';
import type { Product } from '../sim/vmware/vm.ts';
import { Link, type LinkState, stateOf } from './link.ts';

/** A program on a node of the world: a simulated command at work, or one that only is there. */
export interface Program extends Process {
  parent: number;
  readonly node: Node;
  /** Whose death takes this program along: the number of an agent, or its own. */
  readonly session: number;
  readonly host: MemoryHost;
  readonly startTicks: number;
  /** A command that has not ended. */
  work: Work<number> | undefined;
  wake: number;
  until: (() => boolean) | undefined;
  /** Since when what it waits for is there. */
  able: number | undefined;
  ended: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  ignoresSigterm: boolean;
  /** How often slower than usual. */
  stretch: number;
  /** Steps taken. */
  steps: number;
  /** What its work is made anew from, and what it met at each of its steps. */
  command: (() => number | Work<number>) | undefined;
  log: Moment[];
}

/** What a step of a command can see: it does the same again when it meets the same again. */
interface Moment {
  readonly now: number;
  readonly xen: MemoryHost['xen'];
  readonly links: readonly LinkState[];
}

/** Something that can happen now. */
export interface Step {
  readonly name: string;
  /** From when on it could. */
  readonly since: number;
  /** The program whose step it is; the network's have none. */
  readonly program?: Program;
  readonly run: () => void;
}

/** An agent that waits. */
interface Waiter {
  readonly wake: number;
  readonly until: () => boolean;
  readonly resume: () => void;
}

/** One node: what its hypervisor knows, its processes, its folders. */
export class Node {
  readonly world: World;
  readonly name: string;
  readonly folder: string;
  /** What dies with the boot. */
  readonly runFolder: string;
  readonly settings: MemoryHost['settings'];
  readonly programs = new Map<number, Program>();
  up = true;
  /** When it was fenced last. */
  fencedAt: number | undefined;
  xen: MemoryHost['xen'];
  vmware: MemoryHost['vmware'];

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
    this.folder = join(world.folder, name);
    this.runFolder = join(this.folder, 'run');
    const vmware = { datastores: { standard: join(world.folder, 'vms') }, ethernet: null };
    this.settings = { host: name, etc: join(this.folder, 'etc'), ...vmware };
    mkdirSync(this.folder, { recursive: true });
  }

  living(): Program[] {
    return [...this.programs.values()];
  }

  /** A power failure: all that ran here ends without a word. */
  crash(): void {
    for (const program of this.living()) program.ended = { code: null, signal: 'SIGKILL' };
    this.programs.clear();
    this.up = false;
    this.xen = undefined;
    this.vmware = undefined;
    rmSync(this.runFolder, { recursive: true, force: true });
    this.world.truth.push({ time: this.world.now, host: this.name, event: 'host-down', name: '', uuid: '', domid: 0 });
  }

  /** Comes back empty. */
  boot(): void {
    this.up = true;
  }

  #nobody: MemoryHost | undefined;

  /** What is true of the simulated hypervisor, asked by nobody. */
  inspect<T>(work: () => T): T {
    this.#nobody ??= this.world.hostOf(this, 0);
    return onHost(this.#nobody, work);
  }
}

/** Thousands of worlds are made and removed: not on a disk. */
const memoryFolder = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** Two nodes with a simulated hypervisor each, in the memory of this process, on one clock that moves by itself. */
export class World {
  readonly folder: string;
  readonly nodes: readonly [Node, Node];
  readonly links: Link[] = [];
  readonly truth: TruthLine[] = [];
  /** Milliseconds since 1970. It begins with the real time, which the times of files have. */
  now = Date.now();
  /** Faults of the simulator itself, as `migrate-leave-incoming`. */
  readonly simFaults = new Set<string>();
  /** Decides what happens next while all agents wait, in place of what would happen first by the clock. */
  director: ((due: number, wake: () => void) => void) | undefined;
  /** Which steps are not taken by themselves, but by the director. */
  isHeldBack: (step: Step) => boolean = () => false;
  /** Which commands may be at work when an action ends: those are able to be made anew. */
  outlives: (program: Program) => boolean = () => false;
  lastPid = 1000;
  #busy = 0;
  #waiters: Waiter[] = [];
  #whenIdle: (() => void) | undefined;
  #isStepping = false;
  /** The links of a world that is being made anew, in place of those that a command would begin. */
  begun: readonly Link[] | undefined;

  /** @param folder that of a world which has gone, where its checkpoints go on. */
  constructor(folder?: string) {
    this.folder = folder ?? mkdtempSync(join(memoryFolder, 'ocf-virt-world-'));
    this.nodes = [new Node(this, 'node1'), new Node(this, 'node2')];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  newPid(): number {
    this.lastPid += 1;
    return this.lastPid;
  }

  /** The host as one command sees it. */
  hostOf(node: Node, pid: number, session: Session = closed): MemoryHost {
    return {
      settings: node.settings,
      get xen() {
        return node.xen;
      },
      set xen(state) {
        node.xen = state;
      },
      get vmware() {
        return node.vmware;
      },
      set vmware(state) {
        node.vmware = state;
      },
      self: pid,
      stdout: '',
      stderr: '',
      session,
      now: () => this.now,
      elapse: (ms) => this.elapse(ms),
      identify: (number) => {
        const found = node.programs.get(number);
        return found === undefined ? undefined : { pid: number, start: String(found.startTicks) };
      },
      kill: (number) => this.kill(node.programs.get(number), 'SIGKILL'),
      exec: (args) => void Object.assign(node.programs.get(pid) ?? {}, { args }),
      startDaemon: (label, args) => {
        const daemon = this.add(node, ['/usr/lib/xen-4.17/bin/xl', ...args], {
          output: `/var/log/xen/xl-${label}.log`,
        });
        return { pid: daemon.pid, start: String(daemon.startTicks) };
      },
      startVm: (path: string, _product: Product) => {
        const vmx = this.add(node, ['/usr/lib/vmware/bin/vmware-vmx', '-#', 'product=2;name=VMware', path]);
        return { pid: vmx.pid, start: String(vmx.startTicks) };
      },
      logTruth: (line) => this.truth.push(line),
      hasFault: (name) => this.simFaults.has(name),
      connect: (command) => this.connect(node, pid, command),
    };
  }

  /** A program that is only there. */
  add(
    node: Node,
    args: readonly string[],
    {
      parent = 1,
      output = '',
      session,
      host,
    }: { parent?: number; output?: string; session?: number; host?: (pid: number) => MemoryHost } = {},
  ): Program {
    const pid = this.newPid();
    const program: Program = {
      pid,
      parent,
      args,
      output,
      node,
      session: session ?? pid,
      startTicks: pid * 10,
      host: host?.(pid) ?? this.hostOf(node, pid),
      work: undefined,
      wake: this.now,
      until: undefined,
      able: undefined,
      ended: undefined,
      ignoresSigterm: false,
      stretch: 1,
      steps: 0,
      command: undefined,
      log: [],
    };
    node.programs.set(pid, program);
    return program;
  }

  /** A command that begins at the next step, or `delay` later. */
  start(program: Program, command: () => number | Work<number>, delay = 0): Program {
    program.command = command;
    program.work = this.workOf(command);
    program.wake = this.now + delay;
    return program;
  }

  *workOf(command: () => number | Work<number>): Work<number> {
    const outcome = command();
    return typeof outcome === 'number' ? outcome : yield* outcome;
  }

  /** Runs a command to its end while its caller stands still; what has not ended at `limit` is left to go on. */
  finish(program: Program, limit: number): void {
    while (!program.ended && this.now < limit) {
      const until = program.until;
      if (!program.work) this.elapse(limit - this.now);
      else if (program.wake <= this.now || (until && onHost(program.host, until))) this.advance(program);
      else this.elapse(Math.min(program.until ? 20 : program.wake - this.now, limit - this.now));
    }
  }

  /** One step of a command. */
  advance(program: Program): void {
    if (!program.work) return;
    program.steps += 1;
    program.able = undefined;
    if (this.outlives(program))
      program.log.push({ now: this.now, xen: copyOfXen(program.node.xen), links: this.links.map(stateOf) });
    const outer = this.#isStepping;
    this.#isStepping = true;
    try {
      const step = onHost(program.host, () => program.work?.next());
      if (program.ended || step === undefined) return;
      if (step.done) this.end(program, step.value);
      else {
        program.wake = this.now + step.value.ms * program.stretch;
        program.until = step.value.until;
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      program.host.stderr += error.message;
      this.end(program, error.exit);
    } finally {
      this.#isStepping = outer;
    }
  }

  end(program: Program, code: number | null, signal: NodeJS.Signals | null = null): void {
    if (program.ended) return;
    program.ended = { code, signal };
    program.work = undefined;
    program.node.programs.delete(program.pid);
    for (const child of program.node.programs.values()) if (child.parent === program.pid) child.parent = 1;
  }

  kill(program: Program | undefined, signal: NodeJS.Signals): boolean {
    if (program === undefined || program.ended) return false;
    if (signal !== 'SIGKILL' && program.ignoresSigterm) return true;
    this.end(program, null, signal);
    return true;
  }

  /** Ends a program with all its descendants. */
  killTree(program: Program): void {
    const children = program.node.living().filter(({ parent }) => parent === program.pid);
    this.kill(program, 'SIGKILL');
    for (const child of children) this.killTree(child);
  }

  connect(node: Node, sender: number, command: string): Transport {
    const again = this.begun?.[this.links.length];
    const link = again ?? Link.begin(this, node, sender, command);
    this.links.push(link);
    return link.transportEnd;
  }

  /** What can happen now without any agent. */
  steps(): Step[] {
    const found: Step[] = [];
    for (const node of this.nodes) {
      if (!node.up) continue;
      for (const program of node.programs.values()) {
        if (!program.work) continue;
        const { until } = program;
        if (program.wake > this.now && !(until && onHost(program.host, until))) continue;
        program.able ??= Math.min(program.wake, this.now);
        const name = `${node.name}: ${program.args.join(' ')}`;
        found.push({ name, since: program.able, program, run: () => this.advance(program) });
      }
    }
    for (const link of this.links) found.push(...link.steps());
    return found;
  }

  /** When the next thing comes due by itself. */
  nextDue(): number {
    let next = Math.min(...this.links.map(({ due }) => later(due, this.now)), Number.POSITIVE_INFINITY);
    for (const node of this.nodes) {
      if (!node.up) continue;
      for (const { work, wake } of node.programs.values()) if (work && wake > this.now) next = Math.min(next, wake);
      if (node.xen) next = Math.min(next, later(nextXenDue(node.xen)?.at, this.now));
      if (node.vmware) next = Math.min(next, later(nextVmwareDue(node.vmware), this.now));
    }
    return next;
  }

  /** Lets time pass while an agent stands still in a question: commands go on, other agents do not. */
  elapse(ms: number): void {
    const target = this.now + Math.ceil(ms);
    // In the middle of a command's change of the state nothing else happens.
    for (; !this.#isStepping; ) {
      const step = this.steps().find((one) => !this.isHeldBack(one));
      if (step) {
        step.run();
        continue;
      }
      const next = this.nextDue();
      if (next > target) break;
      this.now = next;
      this.#settle();
    }
    this.now = Math.max(this.now, target);
  }

  /** Has an agent wait at most `ms` milliseconds, less when `until` holds earlier. */
  wait(ms: number, until: () => boolean = () => false): Promise<void> {
    return new Promise((resolve) => {
      const resume = () => {
        this.#busy += 1;
        resolve();
      };
      // Whole milliseconds: the clock stands so high that a small part of one would not move it.
      this.#waiters.push({ wake: this.now + Math.ceil(ms), until, resume });
      this.#rest();
    });
  }

  #rest(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.#whenIdle?.();
  }

  /** Runs agents, at the same time if there are several, until all have ended. */
  async run<T>(...agents: readonly (() => Promise<T>)[]): Promise<T[]> {
    let left = agents.length;
    const results = agents.map(async (agent) => {
      this.#busy += 1;
      try {
        return await agent();
      } finally {
        left -= 1;
        this.#rest();
      }
    });
    const all = Promise.all(results);
    let failed = false;
    all.catch(() => {
      failed = true;
    });
    while (left > 0 && !failed) {
      if (this.#busy > 0) {
        await new Promise<void>((resolve) => {
          this.#whenIdle = resolve;
        });
        this.#whenIdle = undefined;
        continue;
      }
      this.#moveOn();
    }
    this.#waiters = [];
    return all;
  }

  #moveOn(): void {
    const step = this.steps().find((one) => !this.isHeldBack(one));
    if (step) {
      step.run();
      return;
    }
    const awake = this.#waiters.find(({ wake, until }) => wake <= this.now || until());
    const due = awake ? this.now : Math.min(this.nextDue(), ...this.#waiters.map(({ wake }) => wake));
    const goOn = () => {
      this.now = Math.max(this.now, due);
      this.#settle();
      if (awake) this.#wake(awake);
    };
    if (this.director) this.director(due, goOn);
    else if (due === Number.POSITIVE_INFINITY) throw new Error('nothing will ever happen here again');
    else goOn();
  }

  /** What came due in the hypervisors happens. */
  #settle(): void {
    for (const node of this.nodes) {
      if (node.xen) node.inspect(viewXen);
      if (node.vmware) node.inspect(viewVmware);
    }
  }

  #wake(waiter: Waiter): void {
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    waiter.resume();
  }
}

/** A copy that does not change with it. */
export const copyOfXen = (state: MemoryHost['xen']): MemoryHost['xen'] =>
  state && {
    ...state,
    domains: state.domains.map((one) => ({ ...one, plans: [...one.plans] })),
    restarts: [...state.restarts],
  };

const later = (at: number | undefined, now: number) =>
  at === undefined ? Number.POSITIVE_INFINITY : Math.max(at, now + 1);

const closed: Session = { lines: [], ended: () => true, tell: () => false };
