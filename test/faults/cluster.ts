import { rmSync } from 'node:fs';
import type { RunResult } from '../../lib/system/runner.ts';
import { overlaps } from '../sim/control.ts';
import { type Call, type Outcome, runAction } from './agent-run.ts';
import { type Checkpoint, checkpointOf, worldAt } from './checkpoint.ts';
import { type FaultPlan, injected, noFault } from './fault-plan.ts';
import type { Fact, Kind } from './kinds.ts';
import type { ClusterFacts, RecordedOperation } from './programs.ts';
import { type Node, World } from './world.ts';

/** The promises of an agent; the letters are those of the documentation. */
export type Invariant = 'a' | 'b' | 'c' | 'd' | 'e';

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
}

/** The actions, as Pacemaker sends them. */
export type Action = 'start' | 'stop' | 'probe' | 'monitor' | 'migrate_to' | 'migrate_from';

/** How an action is sent. */
export interface Sending {
  readonly plan?: FaultPlan;
  readonly onCall?: (call: Call) => void;
  readonly onAnswer?: (result: RunResult) => void;
  /** The other node of a migration. */
  readonly other?: Node;
}

/** A cluster between two actions. */
export interface ClusterCheckpoint {
  readonly world: Checkpoint;
  readonly outlives: World['outlives'];
  readonly attributes: readonly (readonly [string, string])[];
  readonly recorded: readonly RecordedOperation[];
  readonly operations: number;
  readonly violations: readonly Violation[];
  readonly story: readonly string[];
  readonly userFiles: string;
}

/** The time of every action. */
const timeoutMs = 30_000;

/**
 * A cluster of two nodes with one VM: sends actions as Pacemaker does, believes what they answer, and holds each answer
 * against what is true of the simulator.
 */
export class Cluster {
  readonly world: World;
  readonly kind: Kind;
  readonly violations: Violation[] = [];
  /** What was sent and answered, for messages. */
  readonly story: string[] = [];
  /** Tools that are broken on a node until somebody repairs them. */
  readonly broken = new Map<Node, FaultPlan>();
  readonly facts: ClusterFacts & { operations: RecordedOperation[] };
  #operations = 0;
  readonly #userFiles: string;
  /** Where the VM was seen to execute at some moment of the last action. */
  readonly #sawExecute = new Set<Node>();

  /**
   * @param from a truth of this kind, or where another cluster was left.
   * @param folder that of its world; a new one on the disk if not given.
   */
  constructor(kind: Kind, from: string | ClusterCheckpoint, folder?: string) {
    this.kind = kind;
    if (typeof from === 'string') {
      this.world = new World(folder);
      const attributes = this.world.nodes.map(({ name }) => [`${name} ip_livemigration`, `${name}.migration`] as const);
      this.facts = { attributes: new Map(attributes), operations: [] };
      kind.prepare(this.world);
      kind.truths[from]?.(this.world);
      this.#userFiles = kind.userFiles(this.world);
      return;
    }
    this.world = worldAt(from.world, from.outlives);
    this.facts = { attributes: new Map(from.attributes), operations: [...from.recorded] };
    this.#operations = from.operations;
    this.violations.push(...from.violations);
    this.story.push(...from.story);
    this.#userFiles = from.userFiles;
  }

  /** Keeps what is true between two actions; undefined where a command is at work that cannot be made anew. */
  checkpoint(): ClusterCheckpoint | undefined {
    const world = checkpointOf(this.world);
    return (
      world && {
        world,
        outlives: this.world.outlives,
        attributes: [...this.facts.attributes],
        recorded: this.facts.operations,
        operations: this.#operations,
        violations: [...this.violations],
        story: [...this.story],
        userFiles: this.#userFiles,
      }
    );
  }

  remove(): void {
    this.world.remove();
  }

  /** Sends one action and checks its answer. */
  async send(node: Node, action: Action, options: Sending = {}): Promise<Outcome> {
    const [outcome] = await this.world.run(() => this.begin(node, action, options));
    return this.judge(node, action, outcome as Outcome);
  }

  /** Begins an action; the caller lets the world run. */
  begin(node: Node, action: Action, { plan, onCall, onAnswer, other }: Sending): Promise<Outcome> {
    const parameters = Object.entries(this.kind.parameters(this.world));
    this.#sawExecute.delete(node);
    const order = plan ?? this.broken.get(node) ?? noFault;
    return runAction({
      agent: this.kind.agent,
      node,
      action: action === 'probe' ? 'monitor' : action,
      env: {
        ...Object.fromEntries(parameters.map(([name, value]) => [`OCF_RESKEY_${name}`, value])),
        OCF_RESKEY_CRM_meta_interval: action === 'monitor' ? '10000' : '0',
        ...(action === 'migrate_to' ? { OCF_RESKEY_CRM_meta_migrate_target: other?.name ?? '' } : {}),
        ...(action === 'migrate_from' ? { OCF_RESKEY_CRM_meta_migrate_source: other?.name ?? '' } : {}),
      },
      timeoutMs,
      facts: this.facts,
      plan: order,
      onCall: (call) => {
        // What a broken tool printed must never come back as a word of a command.
        if (call.args.some((word) => word.includes(injected.slice(0, 12))))
          this.#violate('e', `${call.program} is given what a tool printed`);
        onCall?.(call);
      },
      onAnswer: (result) => {
        if (this.kind.factOn(node) === 'executes') this.#sawExecute.add(node);
        onAnswer?.(result);
      },
    });
  }

  /** What Pacemaker remembers of an action that ended, in whatever way. */
  #record(node: Node, action: Action, code = 1): void {
    const operation = action === 'probe' ? 'monitor' : action;
    const target = action === 'migrate_to' ? this.world.nodes.find((other) => other !== node)?.name : undefined;
    this.#operations += 1;
    this.facts.operations = [
      ...this.facts.operations.filter((one) => one.node !== node.name || one.operation !== operation),
      { node: node.name, operation, target, number: this.#operations, code },
    ];
  }

  /** Holds an answer against the truth. */
  judge(node: Node, action: Action, outcome: Outcome): Outcome {
    const { exit, reasons } = outcome;
    this.#record(node, action, exit);
    const fact = this.kind.factOn(node);
    this.story.push(
      `${action} on ${node.name}: ${exit ?? 'killed'} (${fact})${reasons.length > 0 ? ` ${reasons[0]}` : ''}`,
    );
    this.#judgeAnswer(action, exit, fact, this.#sawExecute.has(node));
    this.#judgeReasons(action, outcome);
    this.checkWorld();
    return outcome;
  }

  #judgeAnswer(action: Action, exit: number | undefined, fact: Fact, sawExecute: boolean): void {
    const saysStopped = (action === 'stop' && exit === 0) || exit === 7;
    if (saysStopped && fact !== 'nothing') this.#violate('b', `${action} says stopped, and the VM ${fact}`);
    // A migration may end between the look of a probe and its answer.
    const isTrue = fact === 'executes' || (sawExecute && (action === 'probe' || action === 'monitor'));
    if (action !== 'stop' && action !== 'migrate_to' && exit === 0 && !isTrue)
      this.#violate('b', `${action} says that the VM runs: ${fact}`);
    if (exit === 190 && fact === 'nothing') this.#violate('b', `${action} says degraded, and there is nothing`);
  }

  #judgeReasons(action: Action, { exit, reasons, ms }: Outcome): void {
    if (exit === undefined) {
      if (ms >= timeoutMs) this.#violate('d', 'the agent is killed at its timeout, without a reason');
      return;
    }
    const isAnswer = exit === 0 || (exit === 7 && (action === 'probe' || action === 'monitor'));
    const wanted = isAnswer ? 0 : 1;
    if (reasons.length !== wanted) this.#violate('d', `exit ${exit} with ${reasons.length} reasons`);
    const [reason] = reasons;
    if (reason === undefined) return;
    // A sentence about the VM, and one that says what to do.
    if (!reason.includes('vm01')) this.#violate('d', `the reason does not name the VM: ${reason}`);
    if (!/[^.]\. [A-Z]\S* \S/.test(reason)) this.#violate('d', `the reason has no remedy: ${reason}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    if (/[\u0000-\u0008\u001b]/.test(reason)) this.#violate('d', 'the reason has control characters');
  }

  /** What must be true at every moment. */
  checkWorld(): void {
    // What happened by itself is written down when somebody looks.
    for (const node of this.world.nodes) this.kind.factOn(node);
    const [first] = overlaps([...this.world.truth].sort((one, other) => one.time - other.time));
    if (first !== undefined) this.#violate('a', `the VM runs twice: ${first.copies.join(' and ')}`);
    if (this.kind.userFiles(this.world) !== this.#userFiles) this.#violate('c', 'a file of the user has changed');
  }

  #violate(invariant: Invariant, text: string): void {
    if (this.violations.some((other) => other.invariant === invariant)) return;
    this.violations.push({ invariant, text });
  }

  /** Switches a node off and on again. */
  fence(node: Node): void {
    this.story.push(`${node.name} is fenced`);
    this.world.now += 5000;
    for (const one of this.world.nodes) this.kind.factOn(one);
    node.crash();
    node.fencedAt = this.world.now;
    this.facts.operations = this.facts.operations.filter((one) => one.node !== node.name);
    node.boot();
    this.broken.delete(node);
    rmSync(node.runFolder, { recursive: true, force: true });
    this.world.now += 20_000;
  }

  /** A stop; a node where it fails is fenced. */
  async stopOrFence(node: Node): Promise<void> {
    const { exit } = await this.send(node, 'stop');
    if (exit !== 0) this.fence(node);
  }

  /** A start that must succeed somewhere, with a monitor that agrees; a node where it fails is stopped. */
  async startSomewhere(first: Node, second: Node): Promise<boolean> {
    for (const node of [first, second]) {
      const { exit } = await this.send(node, 'start');
      if (exit === 0) {
        const { exit: seen } = await this.send(node, 'monitor');
        return seen === 0 || this.broken.has(node);
      }
      await this.stopOrFence(node);
    }
    return false;
  }
}
