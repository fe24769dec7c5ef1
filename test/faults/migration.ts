import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './agent-run.ts';
import { type Action, Cluster, type Violation } from './cluster.ts';
import { type Kind, kinds } from './kinds.ts';
import type { Node, Program, Step } from './world.ts';

/** What the exploration found. */
export interface Exploration {
  /** Different states of the world at which something could be chosen. */
  readonly states: number;
  /** Runs from the beginning to an end that no other run had reached, or to a state that was known. */
  readonly runs: number;
  /** Runs that went to the end. */
  readonly ends: number;
  readonly violations: readonly (Violation & { readonly story: readonly string[] })[];
}

/** A step of a migration that is able to act does so within this time, in milliseconds; a message may take longer. */
const patience = { program: 900, network: 10_000 };

/** A run that came to a state which another run has explored. */
class Known extends Error {}

/**
 * Explores a live migration from node1 to node2 with up to `budget` faults, in every order of what the sender, the
 * receiver, the network, the agents and the faults can do, and of what Pacemaker may send afterwards.
 *
 * A run is repeated from the beginning with other choices until there are none left. Two runs that come to the same state
 * of the world, with agents that were told the same, go on alike: only one of them is followed. Times are not part of a
 * state.
 */
export async function explore(budget: number, limit = Number.POSITIVE_INFINITY): Promise<Exploration> {
  const known = new Set<string>();
  const violations = new Map<string, Violation & { readonly story: readonly string[] }>();
  let choices: { taken: number; readonly of: number }[] = [];
  let runs = 0;
  let ends = 0;
  do {
    runs += 1;
    const run = new Run(budget, choices, known);
    const isEnd = await run.go();
    if (isEnd) ends += 1;
    for (const one of run.cluster.violations) {
      const key = `${one.invariant} ${one.text}`;
      if (!violations.has(key)) violations.set(key, { ...one, story: [...run.cluster.story] });
    }
    run.cluster.remove();
    choices = run.choices.map((choice) => ({ ...choice }));
    while (choices.length > 0 && (choices.at(-1)?.taken ?? 0) + 1 >= (choices.at(-1)?.of ?? 0)) choices.pop();
    const last = choices.at(-1);
    if (last) last.taken += 1;
  } while (choices.length > 0 && runs < limit);
  return { states: known.size, runs, ends, violations: [...violations.values()] };
}

const migrating: Kind = { ...(kinds[0] as Kind) };

class Run {
  readonly cluster = new Cluster(migrating, 'the VM runs');
  readonly choices: { taken: number; readonly of: number }[];
  readonly #known: Set<string>;
  readonly #own = new Set<string>();
  #at = 0;
  #budget: number;
  #isOver = false;
  /** What the agents that work were told, by node; repetitions are left out. */
  readonly #told = new Map<string, string[]>();
  #phase = '';

  constructor(budget: number, choices: readonly { taken: number; readonly of: number }[], known: Set<string>) {
    this.#budget = budget;
    this.choices = choices.map((choice) => ({ ...choice }));
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

  async #story(): Promise<void> {
    const [source, target] = this.cluster.world.nodes;
    const moved = await this.#send(source, 'migrate_to', target);
    if (moved?.exit === 0) {
      const arrived = await this.#send(target, 'migrate_from', source);
      if (arrived?.exit === 0) {
        await this.#stop(source);
        return this.#end();
      }
    }
    switch (this.#choose('order', ['source first', 'target first', 'both at once', 'cleanup'])) {
      case 'source first':
        await this.#stop(source);
        await this.#stop(target);
        break;
      case 'target first':
        await this.#stop(target);
        await this.#stop(source);
        break;
      case 'both at once':
        await this.#stop(source, target);
        break;
      default: {
        // After a cleanup Pacemaker asks both nodes what is true, and believes it.
        const here = await this.#send(source, 'probe', target);
        const there = await this.#send(target, 'probe', source);
        if (here === undefined || here.exit !== 7) await this.#stop(source);
        if (there?.exit === 0 && here?.exit === 7) return this.#end();
        if (there === undefined || there.exit !== 7) await this.#stop(target);
      }
    }
    const first = this.#choose('start', ['on the target', 'on the source']) === 'on the target' ? target : source;
    const started = await this.#send(first, 'start', first === target ? source : target);
    if (started?.exit !== 0) {
      await this.#stop(first);
      await this.#send(first === target ? source : target, 'start', first);
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
  async #send(node: Node, action: Action, other: Node): Promise<Outcome | undefined> {
    const [outcome] = await this.#sendAll([[node, action, other]]);
    return outcome;
  }

  async #sendAll(orders: readonly (readonly [Node, Action, Node])[]): Promise<(Outcome | undefined)[]> {
    for (const [node] of orders) if (!node.up) this.cluster.fence(node);
    this.#phase += orders.map(([node, action]) => `${action}@${node.name} `).join('');
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
      this.#phase = `${this.#phase}${outcome?.exit ?? 'killed'} `;
    });
    // What is true and what was answered is all that counts from here on.
    this.#told.clear();
    return outcomes;
  }

  async #begin(node: Node, action: Action, other: Node): Promise<Outcome | undefined> {
    const told: string[] = [];
    this.#told.set(node.name, told);
    const outcome = await this.cluster.begin(node, action, {
      other,
      onCall: (call) => {
        if (this.#isOver) throw new Known();
        this.#interleave(`${action} calls`);
        const text = `${call.program} ${call.args.at(-1)}`;
        if (!told.slice(-6).includes(text)) told.push(text);
      },
      onAnswer: (answer) => {
        const text = `${answer.outcome} ${answer.code} ${answer.stdout.replaceAll(/ +[\d.]+$/gm, '')}`;
        if (!told.slice(-6).includes(text)) told.push(text);
      },
    });
    return node.up ? outcome : undefined;
  }

  async #stop(...nodes: readonly Node[]): Promise<void> {
    const [source, target] = this.cluster.world.nodes;
    const orders = nodes.map((node) => [node, 'stop' as const, node === source ? target : source] as const);
    const outcomes = await this.#sendAll(orders);
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
    this.cluster.checkWorld();
  }

  #mortals(): string[] {
    return this.#budget > 0 ? [...this.#faults().keys()] : [];
  }

  /** Who can die now. */
  #faults(): Map<string, () => void> {
    const found = new Map<string, () => void>();
    const { world } = this.cluster;
    for (const node of world.nodes) {
      if (!node.up) continue;
      for (const program of node.living()) {
        const title = victim(program);
        if (title) found.set(`${title} on ${node.name} is killed`, () => this.#killAgentOr(program));
      }
      found.set(`${node.name} dies`, () => node.crash());
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
    const state = this.#state(title);
    // Where it was before, the run only goes on: the agents ask again, and nothing else happens.
    if (this.#own.has(state)) return first;
    this.#own.add(state);
    const given = this.choices[this.#at];
    if (given === undefined || (options.length === 1 && this.#at === this.choices.length)) {
      if (this.#known.has(state)) {
        this.#isOver = true;
        throw new Known();
      }
      this.#known.add(state);
    }
    if (options.length === 1) return first;
    if (given === undefined) this.choices.push({ taken: 0, of: options.length });
    this.#at += 1;
    return options[given?.taken ?? 0] ?? '';
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
      remembered: remembered(node.runFolder),
    }));
    const links = world.links.map(({ underWay, transport, session, receiver }) => [
      underWay,
      [transport, session, receiver].map((program) => program?.ended),
    ]);
    return JSON.stringify([title, this.#phase, this.#budget, nodes, links, [...this.#told]]);
  }
}

/** The programs of a migration: the director decides when they go on. */
function isMigration({ args }: Program): boolean {
  return args[0] === 'xl' && (args[1] === 'migrate' || args[1] === 'migrate-receive');
}

function victim({ args }: Program): string | undefined {
  if (isMigration({ args } as Program)) return args[1] === 'migrate' ? 'the sender' : 'the receiver';
  if (args[0] === 'ssh' && args.includes('migrate-receive')) return 'ssh';
  if (args[0]?.startsWith('sshd:')) return 'the ssh session';
  return args[0]?.endsWith('/agent') ? 'the agent' : undefined;
}

function remembered(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return [];
  }
}
