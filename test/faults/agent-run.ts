import { join } from 'node:path';
import type { AnyAgent } from '../../lib/agent/define.ts';
import { dispatch } from '../../lib/agent/dispatch.ts';
import type { Host } from '../../lib/agent/host.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import type { Launched, Reply, RunResult } from '../../lib/system/runner.ts';
import type { Session } from '../sim/memory-host.ts';
import type { Effect, FaultPlan } from './fault-plan.ts';
import { type ClusterFacts, programOn } from './programs.ts';
import type { Node, Program } from './world.ts';

/** What Pacemaker sees of an action. */
export interface Outcome {
  /** undefined when the agent was killed. */
  readonly exit: number | undefined;
  readonly reasons: readonly string[];
  readonly stderr: string;
  readonly ms: number;
  readonly timeoutMs: number;
}

/** An external call of an action. */
export interface Call {
  readonly way: 'query' | 'perform' | 'converse' | 'launch';
  readonly program: string;
  readonly args: readonly string[];
}

/** How an action is run. */
export interface Order {
  readonly agent: AnyAgent;
  readonly node: Node;
  readonly action: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly facts: ClusterFacts;
  readonly plan: FaultPlan;
  /** Is told each call before it is made, and what it answered. */
  readonly onCall?: (call: Call) => void;
  readonly onAnswer?: (result: RunResult) => void;
}

class AgentKilled extends Error {}

/** Runs an action of an agent on a node of the world. Pacemaker kills it, with its process group, when its time is over. */
export function runAction(order: Order): Promise<Outcome> {
  return new AgentRun(order).outcome();
}

class AgentRun {
  readonly #order: Order;
  readonly #self: Program;
  readonly #began: number;
  #stderr = '';
  #dead = false;
  #onDeath: (() => void) | undefined;

  constructor(order: Order) {
    this.#order = order;
    this.#self = order.node.world.add(order.node, ['/usr/lib/ocf/resource.d/virt/agent', order.action]);
    this.#began = order.node.world.now;
  }

  async outcome(): Promise<Outcome> {
    const { agent, action, timeoutMs, node } = this.#order;
    const killed = new Promise<undefined>((resolve) => {
      this.#onDeath = () => resolve(undefined);
    });
    const exit = await Promise.race([dispatch(agent, this.#host(action)), killed]);
    const ms = node.world.now - this.#began;
    node.world.end(this.#self, 0);
    const reasons = this.#stderr.split('\n').filter((line) => line.startsWith('ocf-exit-reason:'));
    return { exit: this.#dead ? undefined : exit, reasons, stderr: this.#stderr, ms, timeoutMs };
  }

  /** SIGKILL of the agent, and of its process group if it comes from Pacemaker. */
  #kill(withGroup: boolean): void {
    const { node } = this.#order;
    this.#dead = true;
    node.world.kill(this.#self, 'SIGKILL');
    for (const program of node.living()) {
      if (withGroup && program.session === this.#self.pid) node.world.kill(program, 'SIGKILL');
    }
    this.#onDeath?.();
  }

  #mustLive(): void {
    const { node, timeoutMs } = this.#order;
    if (!this.#dead && this.#self.ended) this.#kill(true);
    if (!this.#dead && node.world.now >= this.#began + timeoutMs) this.#kill(true);
    if (this.#dead) throw new AgentKilled();
  }

  async #wait(ms: number, until?: () => boolean): Promise<void> {
    const { node, timeoutMs } = this.#order;
    this.#mustLive();
    const left = this.#began + timeoutMs - node.world.now;
    await node.world.wait(Math.min(ms, left), () => this.#self.ended !== undefined || until?.() === true);
    this.#mustLive();
  }

  #host(action: string): Host {
    const { node, env, timeoutMs } = this.#order;
    const { world } = node;
    return {
      args: [action],
      env: {
        OCF_RESOURCE_INSTANCE: 'vm01',
        OCF_RESKEY_CRM_meta_timeout: String(timeoutMs),
        OCF_RESKEY_CRM_meta_on_node: node.name,
        ...env,
      },
      runner: {
        query: (program, args, deadline) => this.#query(program, args, deadline),
        perform: (program, args, deadline) => this.#perform({ way: 'perform', program, args }, deadline),
        converse: (program, args, reply, deadline) =>
          this.#perform({ way: 'converse', program, args }, deadline, reply),
        launch: (program, args) => this.#launch(program, args),
      },
      clock: { now: () => world.now - this.#began, sleep: (ms) => this.#wait(ms) },
      runFolder: node.runFolder,
      logFolder: join(node.folder, 'log'),
      ownCommand: ['ocf-virt'],
      processes: () => {
        this.#mustLive();
        return node.living();
      },
      isAlive: (pid) => {
        this.#mustLive();
        return node.living().some((process) => process.pid === pid);
      },
      signal: (pid, signal) => {
        this.#mustLive();
        return world.kill(node.programs.get(pid), signal);
      },
      out: () => {},
      err: (text) => {
        if (!this.#dead) this.#stderr += text;
      },
    };
  }

  #begin(call: Call): Effect | undefined {
    this.#mustLive();
    this.#order.onCall?.(call);
    this.#mustLive();
    const effect = this.#order.plan.next(call);
    if (effect?.kind === 'kill' && effect.when === 'before') this.#kill(effect.withGroup);
    this.#mustLive();
    return effect;
  }

  #after(effect: Effect | undefined, result: RunResult): RunResult {
    if (effect?.kind === 'kill') this.#kill(effect.withGroup);
    this.#mustLive();
    const seen = effect?.kind === 'spoil' ? effect.spoil(result) : result;
    this.#order.onAnswer?.(seen);
    return seen;
  }

  /** Adds the program of a call to the process table; undefined when there is none. */
  #spawn(
    { program, args }: Call,
    effect: Effect | undefined,
    options: { parent?: number; session?: number; talk?: Session },
  ): Program | undefined {
    const { node, facts } = this.#order;
    const found = programOn(node, program, args, facts);
    if (!found) return undefined;
    const { talk, ...rest } = options;
    const added = node.world.add(node, [program, ...args], {
      parent: this.#self.pid,
      ...rest,
      ...(talk ? { host: (pid: number) => node.world.hostOf(node, pid, talk) } : {}),
    });
    if (effect?.kind === 'slow') added.stretch = effect.factor;
    const delay = effect?.kind === 'slow' ? effect.ms : found.ms;
    return effect?.kind === 'hang'
      ? this.#hanging(added, effect.ignoresSigterm)
      : node.world.start(added, found.run, delay);
  }

  #hanging(program: Program, ignoresSigterm: boolean): Program {
    program.ignoresSigterm = ignoresSigterm;
    return program;
  }

  #query(name: string, args: readonly string[], deadline: Deadline): RunResult {
    const call: Call = { way: 'query', program: name, args };
    const effect = this.#begin(call);
    const { world } = this.#order.node;
    if (deadline.remaining() <= 0) return this.#after(effect, late);
    if (effect?.kind === 'instead') {
      world.elapse(Math.min(5, deadline.remaining()));
      return this.#after(effect, effect.result);
    }
    const program = this.#spawn(call, effect, { session: this.#self.pid });
    if (!program) return this.#after(effect, missing);
    world.finish(program, world.now + deadline.remaining());
    // A command that is killed in its middle has done what it did until then.
    if (program.ended === undefined) world.killTree(program);
    return this.#after(effect, resultOf(program));
  }

  async #perform(call: Call, deadline: Deadline, reply?: Reply): Promise<RunResult> {
    const effect = this.#begin(call);
    const { world } = this.#order.node;
    if (deadline.passed) return this.#after(effect, late);
    if (effect?.kind === 'instead') {
      await this.#wait(Math.min(5, deadline.remaining()));
      reply?.(effect.result.stdout);
      return this.#after(effect, effect.result);
    }
    const said: string[] = [];
    let hungUp = false;
    const talk: Session = { lines: said, ended: () => hungUp, tell: () => false };
    const program = this.#spawn(call, effect, { session: this.#self.pid, talk });
    if (!program) return this.#after(effect, missing);
    const end = world.now + deadline.remaining();
    const cut = effect?.kind === 'kill' && effect.when === 'during';
    if (cut || (effect?.kind === 'spoil' && effect.midway)) {
      await this.#wait(program.wake - world.now + 1);
      if (cut) this.#kill(effect.withGroup);
      else world.killTree(program);
      this.#mustLive();
    }
    let answered = false;
    while (!program.ended && world.now < end) {
      await this.#wait(
        Math.min(end - world.now, reply === undefined || answered ? end : 20),
        () => program.ended !== undefined,
      );
      if (!reply || answered || program.ended) continue;
      const words = reply(program.host.stdout);
      if (words === undefined) continue;
      answered = true;
      if (words === 'hang up') {
        hungUp = true;
        world.killTree(program);
      } else said.push(words.trimEnd());
    }
    const result = program.ended === undefined ? { ...late, ...texts(program) } : resultOf(program);
    if (program.ended === undefined) world.killTree(program);
    return this.#after(effect, result);
  }

  async #launch(name: string, args: readonly string[]): Promise<Launched> {
    const call: Call = { way: 'launch', program: name, args };
    const effect = this.#begin(call);
    const { world } = this.#order.node;
    if (effect?.kind === 'instead') return this.#instead(effect.result);
    const program = this.#spawn(call, effect, {});
    if (!program) throw new Error(`spawn ${name} ENOENT`);
    await this.#wait(1);
    if (effect?.kind === 'kill') {
      await this.#wait(program.wake - world.now + 1);
      this.#kill(effect.withGroup);
      this.#mustLive();
    }
    const spoil = effect?.kind === 'spoil' ? effect : undefined;
    if (spoil?.midway) {
      await this.#wait(program.wake - world.now + 1);
      world.kill(program, 'SIGKILL');
    }
    const seen = () => (spoil ? spoil.spoil(resultOf(program)) : resultOf(program));
    return {
      pid: program.pid,
      output: () => seen().stderr + seen().stdout,
      ended: async (deadline) => {
        if (!program.ended) await this.#wait(deadline.remaining(), () => program.ended !== undefined);
        if (!program.ended) return undefined;
        const result = seen();
        this.#order.onAnswer?.(result);
        return result.outcome === 'exited' ? result.code : -1;
      },
    };
  }

  async #instead(result: RunResult): Promise<Launched> {
    if (result.outcome === 'missing' || result.outcome === 'denied') throw new Error(`spawn ${result.outcome}`);
    await this.#wait(5);
    return {
      pid: this.#order.node.world.newPid(),
      output: () => result.stderr + result.stdout,
      ended: async () => {
        this.#mustLive();
        return result.outcome === 'exited' ? result.code : -1;
      },
    };
  }
}

const late: RunResult = { outcome: 'timed-out', code: -1, stdout: '', stderr: '' };
const missing: RunResult = { outcome: 'missing', code: -1, stdout: '', stderr: '' };

const texts = ({ host }: Program) => ({ stdout: host.stdout, stderr: host.stderr });

function resultOf(program: Program): RunResult {
  const { ended } = program;
  if (ended === undefined) return { ...late, ...texts(program) };
  return ended.code === null
    ? { outcome: 'killed', code: -1, ...texts(program) }
    : { outcome: 'exited', code: ended.code, ...texts(program) };
}
