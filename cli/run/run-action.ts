import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import {
  actionEnvironment,
  operationFor,
  type PlannedAction,
  timeoutOf,
} from '../../lib/cluster/action-environment.ts';
import { judgeAction } from '../../lib/cluster/action-result.ts';
import type { Cib, CibNode, CibResource } from '../../lib/cluster/cib.ts';
import { executorFolder, executorUmask, inheritedEnvironment } from '../../lib/cluster/executor.ts';
import { ownNodeName } from '../../lib/cluster/self.ts';
import { readStatus, type Status } from '../../lib/cluster/status.ts';
import { badArguments, failed, notInstalled } from '../../lib/ocf/error.ts';
import { fromNow } from '../../lib/system/clock.ts';
import { type AgentRun, runAgent } from '../../lib/system/run-agent.ts';
import { readClusterConfiguration } from '../cluster-nodes.ts';
import type { Outcome, Tools } from '../command.ts';
import { printable } from '../printable.ts';
import { traced } from './programs.ts';

export interface RunArguments {
  readonly action: string;
  readonly resource: string;
  readonly probe: boolean;
  readonly interval: string | undefined;
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly limit: number | undefined;
  readonly force: boolean;
  readonly programs: boolean;
  readonly timeout: number;
}

/** Actions that change nothing, whatever the agent. */
const harmless = ['monitor', 'status', 'validate-all', 'meta-data', 'usage', 'help'];

/** Runs one action of a resource on this node, and explains what came of it. */
export async function runAction(args: RunArguments, tools: Tools): Promise<Outcome> {
  const { runner, clock, terminal, interrupted } = tools;
  const cib = await readClusterConfiguration(tools, args.timeout);
  const status = await readStatus(runner, fromNow(args.timeout * 1000, clock));
  const { resource, instance } = resourceOf(cib, args.resource);
  const node = ownNode(cib, tools);
  if (!harmless.includes(args.action) && !args.force) mustBeUnmanaged(args.action, resource, node.name, status);
  const isHere = runsOn(resource, node.name, status);
  const isProbe = args.action === 'monitor' && (args.probe || (!isHere && args.interval === undefined));
  const operation = operationFor(resource, args.action, { interval: args.interval, isProbe });
  const timeoutMs = args.limit === undefined ? timeoutOf(cib, resource, args.action, operation) : args.limit * 1000;
  const planned: PlannedAction = {
    ...{ resource, action: args.action, node, operation, timeoutMs, instance },
    migration: migrationOf(args, cib, node.name),
  };
  const inherited = inheritedEnvironment();
  const root = inherited['OCF_ROOT'] ?? '/usr/lib/ocf';
  const agent = agentFile(resource, root);
  const trace = args.programs ? traced(agent, args.action) : undefined;
  process.umask(executorUmask);
  const isDocument = ['meta-data', 'usage', 'help'].includes(args.action);
  let programs: readonly string[] | undefined;
  const run = await runAgent(trace?.program ?? agent, trace?.args ?? [args.action], {
    env: { ...inherited, ...actionEnvironment(cib, planned, root) },
    folder: executorFolder(),
    timeoutMs,
    interrupted,
    onLine: (stream, line) => {
      if (!isDocument || stream === 'stderr') terminal.err(`${printable(line)}\n`);
    },
  }).finally(() => {
    programs = trace?.read();
  });
  const onFail = operation?.attributes['on-fail'] ?? cib.operationDefaults['on-fail'];
  const verdict = judgeAction(cib, { resource, action: args.action, isProbe, code: run.code, onFail });
  const belief = args.action === 'monitor' ? beliefProblem(resource.id, run.code, isHere) : undefined;
  if (isDocument && !verdict.isFailure) {
    return { exit: 0, text: `${run.stdout.join('\n')}\n`, json: { stdout: run.stdout } };
  }
  const reason = exitReason(run);
  const json = {
    ...{ agent, action: args.action, resource: resource.id, node: node.name, isProbe, timeoutMs },
    ...{ exit: run.code ?? null, ended: run.ended, name: verdict.name, isFailure: verdict.isFailure },
    ...{ consequence: verdict.consequence, reason: reason ?? null, belief: belief ?? null, seconds: run.seconds },
    ...{ programs: programs ?? null, stdout: run.stdout, stderr: run.stderr },
  };
  const answered = run.code === undefined ? verdict.name : `${run.code} (${verdict.name}): ${verdict.meaning}`;
  const how = isProbe ? 'probe' : args.action;
  const lines = [
    `${terminal.style('bold', `${how} of ${resource.id} on ${node.name}`)}: ${endings[run.ended] ?? answered}`,
    ...(reason === undefined ? [] : [`exit reason: ${printable(reason)}`]),
    run.ended === 'interrupted' ? 'It was ended by Ctrl-C: what it has left behind is not known.' : verdict.consequence,
    ...(belief === undefined ? [] : [terminal.style('yellow', belief)]),
    `took ${run.seconds.toFixed(2)} s of ${timeoutMs / 1000} s, by ${agent}`,
    ...(programs === undefined ? [] : ['programs:', ...programs.map((line) => `  ${printable(line)}`)]),
  ];
  const isDegraded = run.code === 190 || run.code === 191;
  const isProblem = verdict.isFailure || isDegraded || belief !== undefined || run.ended === 'interrupted';
  return { exit: isProblem ? 1 : 0, text: `${lines.join('\n')}\n`, json };
}

const endings: Readonly<Partial<Record<AgentRun['ended'], string>>> = {
  'timed out': 'timed out, and was killed',
  interrupted: 'interrupted, and killed',
  'by a signal': 'died of a signal',
};

/** A resource by its id; of a globally unique clone, also one instance (`ID:1`). */
function resourceOf(cib: Cib, id: string): { resource: CibResource; instance: string | undefined } {
  const exact = cib.resources.find((one) => one.id === id);
  const [, base, instance] = /^(.+):(\d+)$/.exec(id) ?? [];
  const resource = exact ?? cib.resources.find((one) => one.isClone && one.id === base);
  if (resource === undefined) {
    const all = cib.resources.map((one) => one.id).join(', ') || 'none';
    throw badArguments(`the cluster has no resource ${JSON.stringify(id)}`, `its resources: ${all}`);
  }
  if (!resource.agent.startsWith('ocf:')) {
    throw badArguments(
      `${resource.id} is of ${resource.agent}, and only OCF agents are run here`,
      `let Pacemaker run it: crm_resource --resource ${resource.id} --force-check -V`,
    );
  }
  return { resource, instance: exact === undefined ? instance : undefined };
}

function ownNode(cib: Cib, { runner, clock }: Tools): CibNode {
  const name = ownNodeName(runner, fromNow(5000, clock));
  const node = cib.nodes.find((one) => one.name === name);
  if (node !== undefined) return node;
  throw failed('this machine is no node of the cluster', 'run it on the node whose answer you want to see');
}

function mustBeUnmanaged(action: string, { id }: CibResource, node: string, { resources }: Status): void {
  const known = resources.filter((one) => one.id === id || one.id.startsWith(`${id}:`));
  const elsewhere = known.flatMap(({ nodes }) => nodes).filter((one) => one !== node);
  if (['start', 'promote'].includes(action) && elsewhere.length > 0) {
    throw badArguments(
      `the cluster has ${id} running on ${elsewhere.join(', ')}: a second copy here would destroy its data`,
      'stop it there first; --force starts it all the same',
    );
  }
  if (!known.some(({ managed }) => managed)) return;
  throw badArguments(
    `the cluster manages ${id}, and would take what ${action} does for a failure or undo it`,
    `first: crm_resource --resource ${id} --meta --set-parameter maintenance --parameter-value true (and --delete-parameter maintenance afterwards); or say --force`,
  );
}

function migrationOf(args: RunArguments, cib: Cib, self: string): PlannedAction['migration'] {
  const other = (option: 'to' | 'from', node: string | undefined) => {
    if (node === undefined) throw badArguments(`${args.action} needs a node`, `say --${option} NODE`);
    if (cib.nodes.some(({ name }) => name === node)) return node;
    const all = cib.nodes.map(({ name }) => name).join(', ');
    throw badArguments(`the cluster has no node ${JSON.stringify(node)}`, `its nodes: ${all}`);
  };
  if (args.action === 'migrate_to') return { source: self, target: other('to', args.to) };
  if (args.action === 'migrate_from') return { source: other('from', args.from), target: self };
  return undefined;
}

function agentFile({ agent }: CibResource, root: string): string {
  const [, provider = '', type = ''] = agent.split(':');
  const file = join(root, 'resource.d', provider, type);
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    throw notInstalled(`${agent} is not installed on this node (${file})`, 'install the package that it comes with');
  }
}

/** The reason that Pacemaker would show: the last one. */
function exitReason({ stderr }: AgentRun): string | undefined {
  const prefix = 'ocf-exit-reason:';
  const line = stderr.findLast((one) => one.includes(prefix));
  return line?.slice(line.lastIndexOf(prefix) + prefix.length);
}

function runsOn({ id }: CibResource, node: string, { resources }: Status): boolean {
  return resources.some((one) => one.id.split(':')[0] === id && one.nodes.includes(node));
}

/** Where a monitor's answer is not what the cluster believes. */
function beliefProblem(id: string, code: number | undefined, isHere: boolean): string | undefined {
  if (code === 7 && isHere) return `The cluster believes that ${id} runs on this node.`;
  if (code !== undefined && [0, 8, 190, 191].includes(code) && !isHere)
    return `The cluster does not know that ${id} runs on this node.`;
  return undefined;
}
