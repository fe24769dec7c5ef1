import type { Call, Outcome } from './agent-run.ts';
import { type Action, Cluster, type Violation } from './cluster.ts';
import { type Fault, faultsOf, planOf } from './fault-plan.ts';
import type { Kind } from './kinds.ts';
import type { Node } from './world.ts';

/** One case: what was true, what was sent, which call met which fault, and what came of it. */
export interface Case {
  readonly kind: string;
  readonly truth: string;
  readonly action: Action;
  readonly call: number;
  readonly fault: string;
  readonly form: Form;
  readonly violations: readonly Violation[];
  readonly story: readonly string[];
}

/** How long a fault stays: for the one call; for the action; or until somebody repairs the node. */
const forms = ['once', 'for the action', 'lasting'] as const;
type Form = (typeof forms)[number];

/** The actions that Pacemaker may send to a node where this is true. */
const actions: readonly Action[] = ['probe', 'monitor', 'start', 'stop', 'migrate_to', 'migrate_from'];

/** Runs every case of a kind of VM, one after the other. */
export async function* casesOf(kind: Kind, wanted: (title: string) => boolean = () => true): AsyncGenerator<Case> {
  for (const truth of Object.keys(kind.truths)) {
    for (const action of actions) {
      const calls = await record(kind, truth, action);
      for (const [at, call] of calls.entries()) {
        if (isPoll(calls, at)) continue;
        for (const fault of faultsOf(call)) {
          for (const form of fault.kills ? (['once'] as const) : forms) {
            const title = [kind.name, truth, action, at, fault.name, form].join(' | ');
            if (wanted(title)) yield await runCase(kind, truth, action, at, fault, form);
          }
        }
      }
    }
  }
}

/** The calls of an action that nothing disturbs. */
async function record(kind: Kind, truth: string, action: Action): Promise<Call[]> {
  const cluster = new Cluster(kind, truth);
  try {
    const calls: Call[] = [];
    const [node, other] = cluster.world.nodes;
    await cluster.send(node, action, { onCall: (call) => calls.push(call), other });
    return calls;
  } finally {
    cluster.remove();
  }
}

/** A question in a row of the same: the first two and the last stand for it. */
function isPoll(calls: readonly Call[], at: number): boolean {
  const text = (index: number) => calls[index]?.args.join(' ');
  const period = text(at) === text(at - 1) ? 1 : 2;
  return [2, 1, -1].every((distance) => text(at) === text(at - distance * period));
}

async function runCase(
  kind: Kind,
  truth: string,
  action: Action,
  call: number,
  fault: Fault,
  form: Form,
): Promise<Case> {
  const cluster = new Cluster(kind, truth);
  try {
    const [node, other] = cluster.world.nodes;
    const plan = planOf(fault, call, form !== 'once');
    if (form === 'lasting') cluster.broken.set(node, plan);
    const outcome = await cluster.send(node, action, { plan, other });
    await recover(cluster, node, other, action, outcome);
    const { violations, story } = cluster;
    return { kind: kind.name, truth, action, call, fault: fault.name, form, violations, story };
  } finally {
    cluster.remove();
  }
}

/** What Pacemaker does after an answer, until the VM runs again. */
async function recover(cluster: Cluster, node: Node, other: Node, action: Action, { exit }: Outcome): Promise<void> {
  switch (action) {
    case 'probe':
      // 5 is "not installed": the VM is taken to be elsewhere, or nowhere.
      if (exit === 7 || exit === 5) await cluster.startSomewhere(other, node);
      else if (exit === 0 || exit === 190) await cluster.stopOrFence(node);
      else await stopAndStart(cluster, [node], other, node);
      break;
    case 'monitor':
      if (exit === 0 || exit === 190) await cluster.stopOrFence(node);
      else await stopAndStart(cluster, [node], node, other);
      break;
    case 'start':
      if (exit !== 0) await stopAndStart(cluster, [node], other, node);
      else await cluster.stopOrFence(node);
      break;
    case 'stop':
      if (exit !== 0) cluster.fence(node);
      await cluster.startSomewhere(other, node);
      break;
    case 'migrate_to':
      if (exit === 0) {
        const arrived = await cluster.send(other, 'migrate_from', { other: node });
        if (arrived.exit === 0) await cluster.stopOrFence(node);
        else await stopAndStart(cluster, [other, node], other, node);
      } else await stopAndStart(cluster, [node, other], other, node);
      break;
    case 'migrate_from':
      if (exit === 0) await cluster.stopOrFence(other);
      else await stopAndStart(cluster, [node, other], other, node);
      break;
  }
}

async function stopAndStart(cluster: Cluster, stopped: readonly Node[], first: Node, second: Node): Promise<void> {
  for (const node of stopped) await cluster.stopOrFence(node);
  await cluster.startSomewhere(first, second);
}
