import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasons } from '../sim/domain.ts';
import type { Outcome } from './agent-run.ts';
import { type Action, Cluster, type ClusterCheckpoint, type Violation } from './cluster.ts';
import { type Kind, kinds } from './kinds.ts';
import { newMemoryFolder } from './memory-files.ts';
import type { Node, Program, Step, World } from './world.ts';

/** What the exploration found. */
export interface Exploration {
  /** Different states of the world at which something could be chosen. */
  readonly states: number;
  /** Runs from the beginning to an end that no other run had reached, or to a state that was known. */
  readonly runs: number;
  /** Runs that went to the end. */
  readonly ends: number;
  readonly violations: readonly Finding[];
}

/** A violation, and what led to it. */
type Finding = Violation & { readonly story: readonly string[] };

/** A step of a migration that is able to act does so within this time, in milliseconds; a message and fencing may take longer. */
const patience = { program: 900, network: 10_000, fencing: 5000 };

/** A run that came to a state which another run has explored, and stops there. */
class Known extends Error {}

/**
 * Explores a live migration from node1 to node2 with up to `budget` faults, in every order of what the sender, the
 * receiver, the network, the agents and the faults can do, and of what Pacemaker may send afterwards.
 *
 * A run is repeated from the last moment between two actions, with other choices, until there are none left; each such
 * moment that it comes to is explored in the same way. Two runs that come to the same state of the world, with agents that
 * know the same, go on alike: only one of them is followed. Neither times are part of a state, nor what an agent was told
 * before it asked the same again.
 */
export async function explore(budget: number, options: ExploreOptions = {}): Promise<Exploration> {
  const { of = victims, when = always, onProgress, onFinding } = options;
  const known = new Map<string, number>();
  const found = new Map<string, Finding>();
  const beginning = begin();
  const tasks: Task[] = [{ ...beginning, stage: { name: 'migrate_to' }, budget }];
  const expected = new Map<string, number>();
  const later = (key: string, task: Task) => {
    if ((expected.get(key) ?? -1) >= task.budget) return;
    expected.set(key, task.budget);
    tasks.push(task);
  };
  let runs = 0;
  let ends = 0;
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    let path: Point[] = [];
    do {
      runs += 1;
      const run = new Run(task, path, { known, of, when, later });
      if (await run.go()) ends += 1;
      run.report(found, onFinding);
      ({ path } = run);
      while (path.length > 0 && !isOpen(path.at(-1))) path.pop();
      const last = path.pop();
      if (last) path.push({ ...last, taken: last.taken + 1 });
      if (runs % 1000 === 0) onProgress?.({ states: known.size, runs, tasks: tasks.length });
    } while (path.length > 0);
  }
  beginning.remove();
  return { states: known.size, runs, ends, violations: [...found.values()] };
}

/** From where runs go on: a moment between two actions, what comes next, and how many faults are left. */
interface Task {
  readonly from: ClusterCheckpoint;
  readonly stage: Stage;
  readonly budget: number;
}

/** The VM runs on node1. */
function begin(): { readonly from: ClusterCheckpoint; readonly remove: () => void } {
  const cluster = new Cluster(migrating, 'the VM runs', newMemoryFolder());
  cluster.world.outlives = isMigration;
  const from = cluster.checkpoint();
  if (from === undefined) throw new Error('a command is at work before the first action');
  return { from, remove: () => cluster.remove() };
}

/** Who can die: programs of a migration, an agent, a node. */
export const victims = ['agent', 'sender', 'receiver', 'ssh', 'session', 'node'] as const;
export type Victim = (typeof victims)[number];

interface ExploreOptions {
  /** Who dies; everybody if not given. */
  readonly of?: readonly Victim[];
  /** Whether somebody may die now; at any time if not given. */
  readonly when?: (world: World) => boolean;
  readonly onFinding?: (finding: Finding) => void;
  /** Is told now and then; `tasks` are moments between two actions that are known and not yet explored. */
  readonly onProgress?: (progress: { readonly states: number; readonly runs: number; readonly tasks: number }) => void;
}

const always = () => true;

/** Moments at which a death once led to a wrong answer. */
export const moments: Readonly<Record<string, (world: World) => boolean>> = {
  always,
  'not-connected': ({ links, nodes: [source] }) =>
    links.length === 0 && source.living().some((program) => victim(program) === 'sender'),
  'receiver-begun': ({ links }) =>
    links.some(({ receiver }) => receiver?.args[0] === 'xl' && !receiver.ended && receiver.steps === 2),
  'target-looks': ({ links }) => links.some(({ receiver }) => receiver?.args[0] === 'sh' && !receiver.ended),
  'guest-suspended': ({ nodes: [source] }) =>
    source.xen?.domains.some(({ ended }) => ended?.reason === reasons.suspend) === true,
};

/** What a run may do. */
interface Rules extends Pick<ExploreOptions, 'of' | 'when'> {
  readonly known: Map<string, number>;
  /** What chooses in place of the order of the options. */
  readonly dice?: () => number;
  /** Takes what comes after an action; without, the run itself goes on. */
  readonly later?: (key: string, task: Task) => void;
}

/** A place of a run where something could be chosen. */
interface Point {
  readonly state: string;
  readonly taken: number;
  /** The name of what was taken, where it is the first option. */
  readonly first: string;
  /** How many options there were; one where the run came by before. */
  readonly of: number;
}

/**
 * Goes through the same by chance, with up to `budget` faults, each run to its end. The same seed gives the same runs.
 */
export async function wander(budget: number, runs: number, seed: number): Promise<Exploration> {
  const known = new Map<string, number>();
  const found = new Map<string, Finding>();
  const dice = diceOf(seed);
  const { from, remove } = begin();
  for (let number = 0; number < runs; number += 1) {
    const run = new Run({ from, stage: { name: 'migrate_to' }, budget }, [], { known, dice });
    await run.go();
    run.report(found);
  }
  remove();
  return { states: known.size, runs, ends: runs, violations: [...found.values()] };
}

/** Numbers from 0 up to 1, by mulberry32. */
function diceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const isOpen = (point: Point | undefined) => point !== undefined && point.taken + 1 < point.of;

const migrating: Kind = { ...(kinds[0] as Kind) };

/** What Pacemaker does next; after the first probe, with what it said. */
interface Stage {
  readonly name: keyof typeof stages;
  readonly here?: number | undefined;
}

/** What Pacemaker does in each stage, by its name; undefined when that is all. */
const stages = {
  migrate_to: async (run) => {
    const moved = await run.send(run.source, 'migrate_to', run.target);
    return { name: moved?.exit === 0 ? 'migrate_from' : 'interrupted' };
  },
  migrate_from: async (run) => {
    const arrived = await run.send(run.target, 'migrate_from', run.source);
    return { name: arrived?.exit === 0 ? 'last stop' : 'interrupted' };
  },
  'last stop': async (run) => {
    await run.stop('and that is all', run.source);
    return undefined;
  },
  interrupted: async (run) => ({
    name: run.decide('interrupted', 'order', ['source first', 'target first', 'both at once', 'cleanup']),
  }),
  'source first': async (run) => {
    await run.stop('then stop the target', run.source);
    return { name: 'stop the target' };
  },
  'stop the target': async (run) => {
    await run.stop('', run.target);
    return { name: 'stopped' };
  },
  'target first': async (run) => {
    await run.stop('then stop the source', run.target);
    return { name: 'stop the source' };
  },
  'stop the source': async (run) => {
    await run.stop('', run.source);
    return { name: 'stopped' };
  },
  'both at once': async (run) => {
    await run.stop('', run.source, run.target);
    return { name: 'stopped' };
  },
  // After a cleanup Pacemaker asks both nodes what is true, and believes it.
  cleanup: async (run) => {
    const here = await run.send(run.source, 'probe', run.target);
    return { name: 'probe the target', here: here?.exit };
  },
  'probe the target': async (run, here) => {
    const there = await run.send(run.target, 'probe', run.source, `the source said ${here}`);
    const isClearThere = there?.exit === 7;
    if (here !== 7) return { name: isClearThere ? 'stop the source' : 'source first' };
    if (there?.exit === 0) return undefined;
    return { name: isClearThere ? 'stopped' : 'stop the target' };
  },
  stopped: async (run) => ({ name: run.decide('stopped', 'start', ['on the target', 'on the source']) }),
  'on the target': async (run) => {
    const started = await run.send(run.target, 'start', run.source);
    return started?.exit === 0 ? undefined : { name: 'not on the target' };
  },
  'on the source': async (run) => {
    const started = await run.send(run.source, 'start', run.target);
    return started?.exit === 0 ? undefined : { name: 'not on the source' };
  },
  'not on the target': async (run) => {
    await run.stop('then start elsewhere', run.target);
    return { name: 'at last on the source' };
  },
  'not on the source': async (run) => {
    await run.stop('then start elsewhere', run.source);
    return { name: 'at last on the target' };
  },
  'at last on the target': async (run) => {
    await run.send(run.target, 'start', run.source, 'at last');
    return undefined;
  },
  'at last on the source': async (run) => {
    await run.send(run.source, 'start', run.target, 'at last');
    return undefined;
  },
} as const satisfies Record<
  string,
  (run: Run, here?: number) => Promise<{ name: string; here?: number | undefined } | undefined>
>;

class Run {
  readonly cluster: Cluster;
  readonly #task: Task;
  readonly #later: Rules['later'];
  /** The points of this run so far, after those that it was given. */
  readonly path: Point[];
  /** With how many faults to come each state was explored: more faults include fewer. */
  readonly #known: Map<string, number>;
  readonly #own = new Map<string, number>();
  /** What chooses in place of the order of the options. */
  readonly #dice: (() => number) | undefined;
  #at = 0;
  #budget: number;
  #isOver = false;
  /** What the agents that work know, by node: the last answer to each of their questions, and what they ask next. */
  readonly #told = new Map<string, Map<string, readonly [how: string, said: string]>>();
  #phase = '';

  readonly #of: readonly Victim[];
  readonly #when: (world: World) => boolean;

  constructor(task: Task, path: readonly Point[], { known, of = victims, when = always, dice, later }: Rules) {
    this.cluster = new Cluster(migrating, task.from);
    this.#task = task;
    this.#later = later;
    this.#of = of;
    this.#when = when;
    this.#dice = dice;
    this.#budget = task.budget;
    this.path = [...path];
    this.#known = known;
    const { world } = this.cluster;
    world.isHeldBack = (step) => step.program === undefined || isMigration(step.program);
    world.director = (due, goOn) => this.#direct(due, goOn);
  }

  get source(): Node {
    return this.cluster.world.nodes[0];
  }

  get target(): Node {
    return this.cluster.world.nodes[1];
  }

  /** True when the run went to the end of the story. */
  async go(): Promise<boolean> {
    try {
      for (let { stage } = this.#task; ; ) {
        const next = (await stages[stage.name](this, stage.here)) as Stage | undefined;
        if (next === undefined) {
          this.#end();
          return true;
        }
        if (this.#leave(next)) return false;
        stage = next;
      }
    } catch (error) {
      if (error instanceof Known) return false;
      throw error;
    }
  }

  /** Leaves what comes next to other runs, where it can be gone back to. */
  #leave(stage: Stage): boolean {
    const from = this.#later && this.cluster.checkpoint();
    if (from === undefined) return false;
    this.#phase = '';
    this.#later?.(this.#state(`then ${stage.name} ${stage.here}`), { from, stage, budget: this.#budget });
    return true;
  }

  /** Adds what was found. */
  report(found: Map<string, Finding>, onFinding?: (finding: Finding) => void): void {
    for (const one of this.cluster.violations) {
      // One of each kind, by what was answered before it.
      const answers = this.cluster.story.map((line) => line.replace(/ ocf-exit-reason.*/, ''));
      const key = [one.invariant, one.text, ...answers].join('\n');
      if (found.has(key)) continue;
      const finding = { ...one, story: [...this.cluster.story] };
      found.set(key, finding);
      onFinding?.(finding);
    }
  }

  /** Pacemaker does one of these. */
  decide<Name extends string>(phase: string, title: string, options: readonly Name[]): Name {
    this.#phase = phase;
    return this.#choose(title, options) as Name;
  }

  /** All that is still at work comes to its end. */
  #end(): void {
    const { world } = this.cluster;
    world.director = undefined;
    world.isHeldBack = () => false;
    world.elapse(60_000);
    this.cluster.checkWorld();
  }

  /** Sends an action to a node that is up; a node that is down was fenced, and comes back. */
  async send(node: Node, action: Action, other: Node, phase = ''): Promise<Outcome | undefined> {
    const [outcome] = await this.#sendAll(phase, [[node, action, other]]);
    return outcome;
  }

  /** `phase` is what decides of the actions to come. */
  async #sendAll(phase: string, orders: readonly (readonly [Node, Action, Node])[]): Promise<(Outcome | undefined)[]> {
    for (const [node] of orders) if (!node.up) this.cluster.fence(node);
    this.#phase = [phase, ...orders.map(([node, action]) => `${action}@${node.name}`)].join(' ');
    this.#told.clear();
    const outcomes = await this.cluster.world.run(
      ...orders.map(
        ([node, action, other]) =>
          () =>
            this.#begin(node, action, other),
      ),
    );
    if (this.#isOver) throw new Known();
    orders.forEach(([node, action], index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined) this.cluster.judge(node, action, outcome);
      else this.cluster.story.push(`${action} on ${node.name}: the node died`);
    });
    // What is true and what was answered is all that counts from here on.
    this.#told.clear();
    return outcomes;
  }

  async #begin(node: Node, action: Action, other: Node): Promise<Outcome | undefined> {
    const told = new Map<string, readonly [how: string, said: string]>();
    this.#told.set(node.name, told);
    let question = '';
    const outcome = await this.cluster.begin(node, action, {
      other,
      onCall: ({ program, args }) => {
        if (this.#isOver) throw new Known();
        question = plain(`${program} ${args.join(' ')}`.replaceAll(this.cluster.world.folder, ''));
        told.set('next', [question, '']);
        this.#interleave(`${action} calls`);
      },
      onAnswer: ({ outcome, code, stdout }) => {
        told.set('next', ['', '']);
        const said = question.startsWith('cibadmin') ? JSON.stringify(this.#history()) : stdout;
        told.set(question, [`${outcome} ${code}`, said]);
      },
    });
    // All that counts of an agent that has ended, while another goes on, is what it answered.
    this.#told.set(node.name, new Map([['answer', [String(outcome.exit), outcome.reasons.join()]]]));
    return node.up ? outcome : undefined;
  }

  async stop(phase: string, ...nodes: readonly Node[]): Promise<void> {
    const [source, target] = this.cluster.world.nodes;
    const orders = nodes.map((node) => [node, 'stop' as const, node === source ? target : source] as const);
    const outcomes = await this.#sendAll(phase, orders);
    for (const [index, node] of nodes.entries()) {
      if (outcomes[index]?.exit === 0 && node.up) continue;
      await this.#untilFenced(node, `${outcomes.map((outcome) => outcome?.exit)}`);
      if (node.up) this.cluster.fence(node);
    }
  }

  /** Fencing takes seconds, in which all that is at work there may go on. */
  async #untilFenced(node: Node, answers: string): Promise<void> {
    if (!node.living().some(isMigration)) return;
    this.#phase += ` said ${answers}, until ${node.name} is fenced`;
    await this.cluster.world.run(() => this.cluster.world.wait(patience.fencing));
    if (this.#isOver) throw new Known();
  }

  /** In front of a call of an agent: what else may happen first. */
  #interleave(title: string): void {
    for (;;) {
      if (this.#repeats('agent')) return;
      const { steps, overdue } = this.#steps();
      const options = [...(overdue ? [] : ['agent']), ...steps.map(({ name }) => name), ...this.#mortals()];
      const choice = this.#choose(overdue ? `${title} late` : title, options);
      if (choice === 'agent') return;
      this.#take(choice, steps);
      if (this.#isOver) return;
    }
  }

  /** All agents wait. */
  #direct(due: number, goOn: () => void): void {
    if (this.#isOver) throw new Known();
    if (this.#repeats('time passes')) {
      goOn();
      return;
    }
    const { steps, overdue } = this.#steps();
    const { world } = this.cluster;
    const patient = Math.min(...steps.map((step) => step.since + (step.program ? patience.program : patience.network)));
    const mayWait = !overdue && due <= patient;
    const options = [...(mayWait ? ['time passes'] : []), ...steps.map(({ name }) => name), ...this.#mortals()];
    if (steps.length === 0 && !mayWait) throw new Error('nothing will ever happen here again');
    const choice = this.#choose(mayWait ? 'all wait' : 'all wait for a step', options);
    if (choice === 'time passes') {
      if (due === Number.POSITIVE_INFINITY) throw new Error('nothing will ever happen here again');
      goOn();
    } else {
      world.now += 1;
      this.#take(choice, steps);
    }
  }

  #steps(): { readonly steps: readonly Step[]; readonly overdue: boolean } {
    const { world } = this.cluster;
    const steps = world.steps().filter((step) => world.isHeldBack(step));
    const overdue = steps.some(
      ({ since, program }) => world.now > since + (program ? patience.program : patience.network),
    );
    return { steps, overdue };
  }

  #take(choice: string, steps: readonly Step[]): void {
    const step = steps.find(({ name }) => name === choice);
    if (step) step.run();
    else {
      this.cluster.story.push(`fault: ${choice}`);
      this.#budget -= 1;
      this.#faults().get(choice)?.();
    }
    // What other runs went through was looked at there.
    if (this.#at === this.path.length) this.cluster.checkWorld();
  }

  #mortals(): string[] {
    return this.#budget > 0 && this.#when(this.cluster.world) ? [...this.#faults().keys()] : [];
  }

  /** Who can die now. */
  #faults(): Map<string, () => void> {
    const found = new Map<string, () => void>();
    const { world } = this.cluster;
    for (const node of world.nodes) {
      if (!node.up) continue;
      for (const program of node.living()) {
        const who = victim(program);
        if (who && this.#of.includes(who))
          found.set(`${names[who]} on ${node.name} is killed`, () => this.#killAgentOr(program));
      }
      if (this.#of.includes('node')) found.set(`${node.name} dies`, () => node.crash());
    }
    return found;
  }

  #killAgentOr(program: Program): void {
    const { world } = this.cluster;
    world.kill(program, 'SIGKILL');
    for (const other of program.node.living()) if (other.session === program.pid) world.kill(other, 'SIGKILL');
  }

  /** Goes on where the path says so, without a look at what else could be chosen. */
  #repeats(choice: string): boolean {
    const given = this.path[this.#at];
    if (this.#isOver || given?.taken !== 0 || given.first !== choice) return false;
    this.#at += 1;
    this.#own.set(given.state, this.#budget);
    return true;
  }

  #choose(title: string, options: readonly string[]): string {
    const [first = ''] = options;
    if (this.#isOver) return first;
    const given = this.path[this.#at];
    this.#at += 1;
    if (given) {
      this.#own.set(given.state, this.#budget);
      return options[given.taken] ?? '';
    }
    const state = this.#state(title);
    // Where it was before, the run only goes on: the agents ask again, and nothing else happens.
    if (this.#own.get(state) === this.#budget) this.path.push({ state, taken: 0, first, of: 1 });
    else if (this.#dice) {
      this.#known.set(state, this.#budget);
      this.#own.set(state, this.#budget);
      // Half of the time things go their way: with a fault at once nothing would ever get far.
      const taken = this.#dice() < 0.5 ? 0 : Math.floor(this.#dice() * options.length);
      this.path.push({ state, taken, first, of: options.length });
      return options[taken] ?? '';
    } else if ((this.#known.get(state) ?? -1) >= this.#budget) {
      this.#isOver = true;
      throw new Known();
    } else {
      this.#known.set(state, this.#budget);
      this.#own.set(state, this.#budget);
      this.path.push({ state, taken: 0, first, of: options.length });
    }
    return first;
  }

  /** Which migrations Pacemaker takes to be over: all that is asked of its history. */
  #history() {
    const { operations } = this.cluster.facts;
    return operations
      .filter(({ operation }) => operation === 'migrate_to')
      .map(({ target, number }) => [target, operations.some((one) => one.node === target && one.number > number)]);
  }

  /** All that what follows depends on, but for the time. */
  #state(title: string): string {
    const { world } = this.cluster;
    const nodes = world.nodes.map((node) => ({
      up: node.up,
      fenced: node.fencedAt !== undefined,
      domains: node.xen?.domains.map(({ label, ended, pauses, vcpus, since, dyingUntil, daemon }) => [
        label,
        ended?.reason,
        pauses,
        vcpus,
        since !== null,
        dyingUntil !== null,
        daemon !== null,
      ]),
      programs: node.living().map(({ args, parent, steps }) => [args[0], args[1], parent === 1, steps]),
      remembered: remembered(node),
    }));
    const working = world.links.filter((link) => !link.isOver);
    const links = working.map(({ underWay, transport, session, receiver }) => [
      underWay,
      [transport, session, receiver].map((program) => program?.ended),
    ]);
    const words = world.links.map(({ traffic }) => traffic.complained);
    const knowledge = [...this.#told].map(([node, told]) => [
      node,
      [...told].map(([question, [how, said]]) => [question, how, plain(said)]).sort(),
    ]);
    const text = JSON.stringify([title, this.#phase, nodes, links, words, knowledge, this.#history()]);
    return hash('sha1', text.replaceAll(world.folder, ''), 'base64');
  }
}

/** What was asked or answered, without numbers: times and process numbers are nobody's choice. */
function plain(text: string): string {
  const known = plainTexts.get(text);
  if (known !== undefined) return known;
  const found = text.replaceAll(/\d+(\.\d+)?/g, '');
  if (plainTexts.size > 10_000) plainTexts.clear();
  plainTexts.set(text, found);
  return found;
}

const plainTexts = new Map<string, string>();

/** The programs of a migration: the director decides when they go on. */
function isMigration({ args }: Program): boolean {
  return args[1] === 'looks-first' || (args[0] === 'xl' && (args[1] === 'migrate' || args[1] === 'migrate-receive'));
}

const names: Readonly<Record<Victim, string>> = {
  agent: 'the agent',
  sender: 'the sender',
  receiver: 'the receiver',
  ssh: 'ssh',
  session: 'the ssh session',
  node: 'the node',
};

function victim({ args }: Program): Victim | undefined {
  if (isMigration({ args } as Program)) return args[1] === 'migrate' ? 'sender' : 'receiver';
  if (args[0] === 'ssh' && args.includes('migrate-receive')) return 'ssh';
  if (args[0]?.startsWith('sshd:')) return 'session';
  return args[0]?.endsWith('/agent') ? 'agent' : undefined;
}

/** What the agent remembers on a node; whether a domain is still the one that it knew is all that its id tells. */
function remembered({ runFolder, xen }: Node): string[] {
  const place = (id: string) => xen?.domains.findIndex((domain) => domain.domid === Number(id));
  try {
    return readdirSync(runFolder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(runFolder, name), 'utf8'))
      .map((text) => text.replace(/"id":(\d+)/, (_, id: string) => `"id":${place(id)}`));
  } catch {
    return [];
  }
}
