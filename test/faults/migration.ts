import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasons } from '../sim/domain.ts';
import type { Outcome } from './agent-run.ts';
import { type Action, Cluster, type Violation } from './cluster.ts';
import { type Kind, kinds } from './kinds.ts';
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

/** A step of a migration that is able to act does so within this time, in milliseconds; a message may take longer. */
const patience = { program: 900, network: 10_000 };

/** A run that came to a state which another run has explored. */
class Known extends Error {}

/**
 * Explores a live migration from node1 to node2 with up to `budget` faults, in every order of what the sender, the
 * receiver, the network, the agents and the faults can do, and of what Pacemaker may send afterwards.
 *
 * A run is repeated from the beginning with other choices until there are none left. Two runs that come to the same state
 * of the world, with agents that know the same, go on alike: only one of them is followed. Neither times are part of a
 * state, nor what an agent was told before it asked the same again.
 */
export async function explore(budget: number, options: ExploreOptions = {}): Promise<Exploration> {
  const { of = victims, when = always, onProgress } = options;
  const known = new Map<string, number>();
  const found = new Map<string, Finding>();
  let path: Point[] = [];
  let runs = 0;
  let ends = 0;
  do {
    runs += 1;
    const run = new Run(budget, path, { known, of, when });
    const isEnd = await run.go();
    if (isEnd) ends += 1;
    run.report(found);
    ({ path } = run);
    while (path.length > 0 && !isOpen(path.at(-1))) path.pop();
    const last = path.pop();
    if (last) path.push({ ...last, taken: last.taken + 1 });
    if (runs % 1000 === 0) onProgress?.({ states: known.size, runs, done: shareDone(path) });
  } while (path.length > 0);
  return { states: known.size, runs, ends, violations: [...found.values()] };
}

/** Who can die: programs of a migration, an agent, a node. */
export const victims = ['agent', 'sender', 'receiver', 'ssh', 'session', 'node'] as const;
export type Victim = (typeof victims)[number];

interface ExploreOptions {
  /** Who dies; everybody if not given. */
  readonly of?: readonly Victim[];
  /** Whether somebody may die now; at any time if not given. */
  readonly when?: (world: World) => boolean;
  /** Is told now and then; `done` is the share of the first choices that is behind, not of the time. */
  readonly onProgress?: (progress: { readonly states: number; readonly runs: number; readonly done: number }) => void;
}

const always = () => true;

/** Moments at which a death once led to a wrong answer. */
export const moments: Readonly<Record<string, (world: World) => boolean>> = {
  always,
  'receiver-begun': ({ links }) =>
    links.some(({ receiver }) => receiver !== undefined && !receiver.ended && receiver.steps === 0),
  'guest-suspended': ({ nodes: [source] }) =>
    source.xen?.domains.some(({ ended }) => ended?.reason === reasons.suspend) === true,
};

/** What a run may do. */
interface Rules extends Pick<ExploreOptions, 'of' | 'when'> {
  readonly known: Map<string, number>;
  /** What chooses in place of the order of the options. */
  readonly dice?: () => number;
}

/** How far a run is in the tree of choices, from 0 to 1, if all branches were alike. */
function shareDone(path: readonly Point[]): number {
  let [done, weight] = [0, 1];
  for (const { taken, of } of path) {
    weight /= of;
    done += taken * weight;
  }
  return done;
}

/** A place of a run where something could be chosen. */
interface Point {
  readonly state: string;
  readonly taken: number;
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
  for (let number = 0; number < runs; number += 1) {
    const run = new Run(budget, [], { known, dice });
    await run.go();
    run.report(found);
  }
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

class Run {
  readonly cluster = new Cluster(migrating, 'the VM runs');
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
  readonly #told = new Map<string, Map<string, string>>();
  #phase = '';

  readonly #of: readonly Victim[];
  readonly #when: (world: World) => boolean;

  constructor(budget: number, path: readonly Point[], { known, of = victims, when = always, dice }: Rules) {
    this.#of = of;
    this.#when = when;
    this.#dice = dice;
    this.#budget = budget;
    this.path = [...path];
    this.#known = known;
    const { world } = this.cluster;
    world.isHeldBack = (step) => step.program === undefined || isMigration(step.program);
    world.director = (due, goOn) => this.#direct(due, goOn);
  }

  /** True when the run went to its end. */
  async go(): Promise<boolean> {
    try {
      await this.#story();
      return true;
    } catch (error) {
      if (error instanceof Known) return false;
      throw error;
    }
  }

  /** Adds what was found, and removes the world. */
  report(found: Map<string, Finding>): void {
    for (const one of this.cluster.violations) {
      const key = `${one.invariant} ${one.text}`;
      if (!found.has(key)) found.set(key, { ...one, story: [...this.cluster.story] });
    }
    this.cluster.remove();
  }

  async #story(): Promise<void> {
    const [source, target] = this.cluster.world.nodes;
    const moved = await this.#send(source, 'migrate_to', target);
    if (moved?.exit === 0) {
      const arrived = await this.#send(target, 'migrate_from', source);
      if (arrived?.exit === 0) {
        await this.#stop('and that is all', source);
        return this.#end();
      }
    }
    this.#phase = 'interrupted';
    switch (this.#choose('order', ['source first', 'target first', 'both at once', 'cleanup'])) {
      case 'source first':
        await this.#stop('then stop the target', source);
        await this.#stop('', target);
        break;
      case 'target first':
        await this.#stop('then stop the source', target);
        await this.#stop('', source);
        break;
      case 'both at once':
        await this.#stop('', source, target);
        break;
      default: {
        // After a cleanup Pacemaker asks both nodes what is true, and believes it.
        const here = await this.#send(source, 'probe', target);
        const there = await this.#send(target, 'probe', source, `the source said ${here?.exit}`);
        const runsThere = there?.exit === 0 && here?.exit === 7;
        const isClearThere = there?.exit === 7;
        if (here?.exit !== 7) await this.#stop(isClearThere ? '' : 'then stop the target', source);
        if (runsThere) return this.#end();
        if (!isClearThere) await this.#stop('', target);
      }
    }
    this.#phase = 'stopped';
    const first = this.#choose('start', ['on the target', 'on the source']) === 'on the target' ? target : source;
    const second = first === target ? source : target;
    const started = await this.#send(first, 'start', second);
    if (started?.exit !== 0) {
      await this.#stop('then start elsewhere', first);
      await this.#send(second, 'start', first, 'at last');
    }
    return this.#end();
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
  async #send(node: Node, action: Action, other: Node, phase = ''): Promise<Outcome | undefined> {
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
    const told = new Map<string, string>();
    this.#told.set(node.name, told);
    let question = '';
    const outcome = await this.cluster.begin(node, action, {
      other,
      onCall: ({ program, args }) => {
        if (this.#isOver) throw new Known();
        question = `${program} ${args.join(' ')}`.replaceAll(this.cluster.world.folder, '').replaceAll(/\d+/g, '');
        told.set('next', question);
        this.#interleave(`${action} calls`);
      },
      onAnswer: ({ outcome, code, stdout }) => {
        told.set('next', '');
        told.set(question, `${outcome} ${code} ${stdout.replaceAll(/\d+(\.\d+)?/g, '')}`);
      },
    });
    return node.up ? outcome : undefined;
  }

  async #stop(phase: string, ...nodes: readonly Node[]): Promise<void> {
    const [source, target] = this.cluster.world.nodes;
    const orders = nodes.map((node) => [node, 'stop' as const, node === source ? target : source] as const);
    const outcomes = await this.#sendAll(phase, orders);
    nodes.forEach((node, index) => {
      if (outcomes[index]?.exit === 0 && node.up) return;
      if (node.up) this.cluster.fence(node);
    });
  }

  /** In front of a call of an agent: what else may happen first. */
  #interleave(title: string): void {
    for (;;) {
      const { steps, overdue } = this.#steps();
      const options = [...(overdue ? [] : ['agent']), ...steps.map(({ name }) => name), ...this.#mortals()];
      const choice = this.#choose(title, options);
      if (choice === 'agent') return;
      this.#take(choice, steps);
      if (this.#isOver) return;
    }
  }

  /** All agents wait. */
  #direct(due: number, goOn: () => void): void {
    const { steps, overdue } = this.#steps();
    const { world } = this.cluster;
    const patient = Math.min(...steps.map((step) => step.since + (step.program ? patience.program : patience.network)));
    const mayWait = !overdue && due <= patient;
    const options = [...(mayWait ? ['time passes'] : []), ...steps.map(({ name }) => name), ...this.#mortals()];
    if (steps.length === 0 && !mayWait) throw new Error('nothing will ever happen here again');
    const choice = this.#choose('all wait', options);
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
    if (this.#own.get(state) === this.#budget) this.path.push({ state, taken: 0, of: 1 });
    else if (this.#dice) {
      this.#known.set(state, this.#budget);
      this.#own.set(state, this.#budget);
      // Half of the time things go their way: with a fault at once nothing would ever get far.
      const taken = this.#dice() < 0.5 ? 0 : Math.floor(this.#dice() * options.length);
      this.path.push({ state, taken, of: options.length });
      return options[taken] ?? '';
    } else if ((this.#known.get(state) ?? -1) >= this.#budget) {
      this.#isOver = true;
      throw new Known();
    } else {
      this.#known.set(state, this.#budget);
      this.#own.set(state, this.#budget);
      this.path.push({ state, taken: 0, of: options.length });
    }
    return first;
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
    const knowledge = [...this.#told].map(([node, told]) => [node, [...told].sort()]);
    // Which migrations Pacemaker takes to be over is all that is asked of its history.
    const { operations } = this.cluster.facts;
    const history = operations
      .filter(({ operation }) => operation === 'migrate_to')
      .map(({ target, number }) => [target, operations.some((one) => one.node === target && one.number > number)]);
    const text = JSON.stringify([title, this.#phase, nodes, links, knowledge, history]);
    return createHash('sha1').update(text.replaceAll(world.folder, '')).digest('base64');
  }
}

/** The programs of a migration: the director decides when they go on. */
function isMigration({ args }: Program): boolean {
  return args[0] === 'xl' && (args[1] === 'migrate' || args[1] === 'migrate-receive');
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
