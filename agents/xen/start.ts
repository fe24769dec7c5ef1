import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { setting } from '../../lib/hypervisor/xen/xl.ts';
import type { Config } from '../../lib/hypervisor/xen/xl-config.ts';
import { configText } from '../../lib/hypervisor/xen/xl-config.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { lastWords, type RunResult } from '../../lib/system/runner.ts';
import { readConfig } from './config.ts';
import { type Domain, domainOf, type XenContext } from './domain.ts';
import { remember } from './remember.ts';
import { states } from './states.ts';

/** Starts the domain, from its saved memory image if there is one, and returns when it was seen running. */
export async function start(context: XenContext): Promise<Exit> {
  const config = readConfig(context.parameters.xmfile);
  const domain = await domainOf(context);
  await resumeStranded(domain, context);
  const found = await clearTheWay(domain, context);
  context.tell({ found: found.kind });
  if (found.kind === 'absent') {
    await (await import('./forgotten-copy.ts')).refuseBesideForgottenCopy(domain, context);
    await bringUp(domain, config, context);
  }
  const wait = ['unknown', 'rebooting', 'dying'];
  const seen = await domain.lookUntil(({ kind }) => !wait.includes(kind), context.deadline);
  const state = seen.kind === 'paused' ? await domain.letRun(context.deadline) : seen;
  if (state.kind !== 'running') throw startFailed(state, domain);
  await remember(state, undefined, domain, context);
  if (context.parameters.monitor_scripts !== undefined) {
    await (await import('../shared/monitor-scripts.ts')).waitForMonitorScripts(domain, context);
  }
  return exit.success;
}

/**
 * A guest that an interrupted migration left suspended here goes on, if the other end is known not to run it: better
 * than a new start. Otherwise the start is refused further on.
 */
async function resumeStranded(domain: Domain, context: XenContext): Promise<void> {
  if (domain.facts?.migration === undefined) return;
  const there = (await import('./other-end.ts')).rememberedEnd(domain, context);
  if (there === undefined) return;
  const { askOtherSide, heal, neverLeft } = await import('./heal.ts');
  const state = await domain.lookUntil((seen) => seen.kind !== 'unknown' || isHopeless(seen), context.deadline);
  if (!neverLeft(state)) return;
  const { side } = await askOtherSide(there, domain, context, context.deadline);
  const obstacle = side === 'does not run it' ? await heal(state, domain, context) : `${there.node} ${side}`;
  if (obstacle !== undefined) context.log.warn(`${domain.label} cannot be resumed: ${obstacle}`);
}

/** Waits for what passes, destroys a dead domain of this name, and refuses where a live copy may exist. */
async function clearTheWay(domain: Domain, context: XenContext): Promise<VmState> {
  const wait = ['unknown', 'rebooting', 'dying'];
  const state = await domain.lookUntil((seen) => !wait.includes(seen.kind) || isHopeless(seen), context.deadline);
  if (state.kind === 'unknown' && state.notInstalled) {
    throw new OcfError(
      exit.notInstalled,
      `${domain.label}: ${state.why}`,
      'install the Xen tools (xen-utils) on this node',
    );
  }
  if (states[state.kind].start !== exit.success || wait.includes(state.kind)) throw startFailed(state, domain);
  if (state.kind !== 'crashed' && state.kind !== 'shutdown' && state.kind !== 'half-built') return state;
  context.log.info(`${domain.label} ${states[state.kind].meaning}: it is destroyed before it is started anew`);
  await domain.xl.destroy(domain.target(), context.deadline);
  const left = await domain.lookUntil((seen) => seen.kind === 'absent', context.deadline);
  if (left.kind !== 'absent') throw startFailed(left, domain);
  return left;
}

const isHopeless = (state: VmState) => state.kind === 'unknown' && state.notInstalled;

async function bringUp(domain: Domain, config: Config, context: XenContext): Promise<void> {
  const { parameters, log, deadline } = context;
  if (parameters.save_directory !== undefined) {
    const { restoreImage } = await import('./saved-image.ts');
    if (await restoreImage(domain, context)) return;
  }
  const overrides: string[] = [];
  if (configText(config, 'name') !== domain.name) overrides.push(setting('name', domain.name));
  if (parameters.allow_mem_management) {
    const { makeRoom } = await import('./memory-share.ts');
    overrides.push(`memory=${makeRoom(domain, config, context)}`);
  }
  log.info(`${domain.label}: xl create ${parameters.xmfile}`);
  const created = await domain.xl.create(parameters.xmfile, overrides, deadline);
  if (created.outcome === 'exited' && created.code === 0) return;
  // What counts is the domain, not xl's word: it may be there in spite of an error, or be half built.
  const state = domain.look(context.deadline);
  if (state.kind === 'running') log.warn(`${domain.label} runs although xl create failed: ${lastWords(created)}`);
  else throw createFailed(created, domain, context);
}

function createFailed(created: RunResult, domain: Domain, { parameters }: XenContext): OcfError {
  const words = reasonOf(created);
  const remedy = /memory/i.test(words)
    ? 'free memory on this node (xl info shows free_memory), or limit the VMs per node by utilization'
    : `try it by hand: xl create ${parameters.xmfile}`;
  return failed(`${domain.label}: xl create failed: ${words}`, remedy);
}

/** The first error line of xl's: the later ones tell of the cleaning up ("Destruction of domain failed"). */
function reasonOf(created: RunResult): string {
  const error = created.stderr
    .split('\n')
    .find((line) => /error|failed|invalid/i.test(line) && !/^Parsing config/.test(line));
  return error === undefined || created.outcome !== 'exited'
    ? lastWords(created)
    : lastWords({ ...created, stderr: error });
}

function startFailed(state: VmState, domain: Domain): OcfError {
  const reason =
    state.kind === 'unknown' ? `${domain.label}: ${state.why}` : `${domain.label} ${states[state.kind].meaning}`;
  const remedy: Partial<Record<VmState['kind'], string>> = {
    unknown: 'look whether xl list works on this node',
    incoming:
      'it is not started beside a copy that arrives; look at the other node: a migration is under way or was interrupted',
    'migrated-away': `look at the other node of the migration; xl destroy ${domain.name}--migratedaway drops this copy`,
    suspending: `look at the other node of the migration; xl destroy ${domain.name} drops this copy`,
    absent: 'the guest ended right after its start: look at its console and at /var/log/xen',
    crashed: 'the guest crashed right after its start: look at its console and at /var/log/xen',
    shutdown: 'the guest powered off right after its start: look at its console',
  };
  return failed(reason, remedy[state.kind] ?? 'look at /var/log/xen and try xl create by hand');
}
