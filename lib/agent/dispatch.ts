import type { Details } from '../history/event.ts';
import { actionDeadline } from '../ocf/deadline.ts';
import { type OcfEnvironment, readEnvironment } from '../ocf/environment.ts';
import { notConfigured, OcfError } from '../ocf/error.ts';
import { type Exit, exit } from '../ocf/exit.ts';
import { exitReason } from '../ocf/exit-reason.ts';
import { type Log, lineLog, oneLine } from '../system/log.ts';
import { andThen, orElse, type Soon } from '../system/soon.ts';
import type { ActionFunction, Agent, AnyAgent, Context } from './define.ts';
import type { Host } from './host.ts';
import { type Parameters, readParameters, type Values } from './parameter.ts';

/**
 * Runs the action that the first argument names; all others are ignored (OCF 1.1).
 *
 * Never throws and never exits: every failure becomes an exit code and one `ocf-exit-reason` line.
 *
 * @returns the exit code, at once where the action had nothing to wait for.
 */
export function dispatch<P extends Parameters>(agent: Agent<P>, host: Host): Soon<Exit> {
  const action = host.args[0] ?? '';
  if (action === 'meta-data') return showMetadata(agent, host);
  if (['usage', 'help', '--help', '-h', ''].includes(action)) return showUsage(agent, action, host);
  const log = lineLog(host.err);
  return orElse(
    () => {
      const run = functionOf(agent, action);
      const environment = readEnvironment(action, host.env);
      const perform = (tell: Context<P>['tell']) => run(makeContext(agent, environment, host, log, tell));
      // Only the agents of VMs have states.
      return agent.states === undefined ? perform(() => {}) : performOnVm(perform, environment, host);
    },
    (error) => report(error, host),
  );
}

async function showMetadata(agent: AnyAgent, host: Host): Promise<Exit> {
  const { renderMetadata } = await import('../render/metadata.ts');
  host.out(renderMetadata(agent));
  return exit.success;
}

async function showUsage(agent: AnyAgent, action: string, host: Host): Promise<Exit> {
  const { renderUsage } = await import('../render/usage.ts');
  const text = renderUsage(agent);
  if (action === '') host.err(text);
  else host.out(text);
  return action === '' ? exit.badArguments : exit.success;
}

function functionOf<P extends Parameters>({ functions }: Agent<P>, action: string): ActionFunction<P> {
  const known = Object.keys(functions);
  const run = known.includes(action) ? functions[action] : undefined;
  if (run !== undefined) return run;
  throw new OcfError(
    exit.unimplemented,
    `action ${JSON.stringify(action)} is not implemented`,
    `use one of ${known.join(', ')}`,
  );
}

/** The actions after which a VM is somewhere else, or in another state. */
const changingActions = ['start', 'stop', 'migrate_to', 'migrate_from'];

/**
 * Runs an action on a VM. One that may change it is marked while it runs, and goes into the history; so does a monitor
 * that found something wrong. The monitor of a running VM, which runs most often by far, loads nothing of this.
 */
function performOnVm(
  perform: (tell: (details: Details) => void) => Soon<Exit>,
  environment: OcfEnvironment,
  host: Host,
): Soon<Exit> {
  const { action, instance, isProbe } = environment;
  let details: Details = {};
  let reason: string | undefined;
  const tell = (more: Details) => {
    details = { ...details, ...more };
  };
  const attempt = () =>
    orElse(
      () => perform(tell),
      (error) => {
        reason = error instanceof Error ? error.message : String(error);
        return report(error, host);
      },
    );
  const record = async (code: Exit) => {
    const { recordAction } = await import('./record.ts');
    recordAction(environment, { code, reason, details }, host);
    return code;
  };
  const change = async () => {
    const { markAction } = await import('../system/action-mark.ts');
    const unmark = markAction(host.runFolder, instance);
    const code = await record(await attempt());
    unmark();
    return code;
  };
  if (changingActions.includes(action)) return change();
  return andThen(attempt(), (code) =>
    action === 'monitor' && !isProbe && code !== exit.success ? record(code) : code,
  );
}

function makeContext<P extends Parameters>(
  agent: Agent<P>,
  environment: OcfEnvironment,
  host: Host,
  log: Log,
  tell: Context<P>['tell'],
): Context<P> {
  const timeoutMs = environment.timeoutMs ?? advertisedSeconds(agent, environment.action) * 1000;
  return {
    environment,
    parameters: checkedParameters(agent, environment, log),
    host,
    deadline: actionDeadline(timeoutMs, host.clock.now),
    timeoutMs,
    log,
    tell,
  };
}

function advertisedSeconds(agent: AnyAgent, action: string): number {
  return agent.actions.find(({ name }) => name === action)?.timeout ?? 20;
}

/**
 * The parameter values. A stop goes on with the default in place of a bad value: a typing mistake must not become a
 * failed stop, because Pacemaker answers that by fencing the node. Not even in a required parameter: the probes fail
 * for it on every node, and Pacemaker then stops the resource on every node.
 */
function checkedParameters<P extends Parameters>(agent: Agent<P>, environment: OcfEnvironment, log: Log): Values<P> {
  const { values, problems } = readParameters(agent.parameters, environment.parameters);
  const lenient = environment.action === 'stop';
  for (const { parameter, message, remedy } of problems) {
    if (!lenient) throw notConfigured(`${environment.instance}: ${message}`, remedy);
    const instead = agent.parameters[parameter]?.required
      ? 'the stop goes on without it'
      : 'the default is used to stop';
    log.warn(`${environment.instance}: ${message}, ${instead}: ${remedy}`);
  }
  return values;
}

/** A reason may hold a tool's words. What is longer would only hide what to do. */
const longestWhat = 1000;

/** Says why an action failed, in its one `ocf-exit-reason` line; returns its exit code. */
export function report(error: unknown, host: Host): Exit {
  const prefix = host.env['OCF_EXIT_REASON_PREFIX'] || 'ocf-exit-reason:';
  // A reason is also read where nothing else names the VM: in a log, in a mail.
  const vm = host.env['OCF_RESOURCE_INSTANCE'];
  const named = (what: string) => (vm === undefined || what.includes(vm) ? what : `${vm}: ${what}`);
  if (error instanceof OcfError) {
    const remedy = error.remedy.charAt(0).toUpperCase() + error.remedy.slice(1);
    // Tools end their words with a full stop or without.
    const what = oneLine(error.message)
      .slice(0, longestWhat)
      .replace(/[.\s]{0,100}$/, '');
    host.err(`${prefix}${exitReason(oneLine(`${named(what)}. ${remedy}`))}\n`);
    return error.exit;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  lineLog(host.err).warn(text);
  const bug = named(`internal error: ${error instanceof Error ? error.message : text}`);
  host.err(`${prefix}${exitReason(oneLine(`${bug}. Please report it with the log`))}\n`);
  return exit.generic;
}
