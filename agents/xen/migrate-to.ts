import { join } from 'node:path';
import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { migratedAwayName } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { badArguments, failed, OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { privateFolder } from '../../lib/system/memory.ts';
import { type Launched, lastWords } from '../../lib/system/runner.ts';
import type { Soon } from '../../lib/system/soon.ts';
import { type Domain, domainOf, type XenContext } from './domain.ts';
import { hasBegun, isSayingClear, lookingFirst } from './looking-first.ts';
import { type OtherEnd, targetOf } from './other-end.ts';
import { states } from './states.ts';
import { endSending } from './transport.ts';

/**
 * Live-migrates the domain to the node that Pacemaker names.
 *
 * The exit code of `xl migrate` covers four outcomes, one of them success (seen on Xen 4.17), so on anything but 0
 * both ends are looked at. A failed migration leaves the VM running here, or says exactly what it left.
 */
export async function migrateTo(context: XenContext): Promise<Exit> {
  const target = context.environment.migrateTarget;
  if (target === undefined) {
    throw badArguments(
      'OCF_RESKEY_CRM_meta_migrate_target is not set',
      'migrate through the cluster: crm resource move RESOURCE NODE',
    );
  }
  const domain = await domainOf(context);
  const { id, memoryMiB } = await mustRunHere(domain, context);
  // An agent that was killed may have left a migration behind, perhaps to another node.
  await endSending(domain, context, id);
  const there = targetOf(target, context);
  context.tell({ live: true, address: there.address, ...(memoryMiB === undefined ? {} : { memoryMiB }) });

  const patience = context.deadline.within(5000);
  let { words, begun } = await runMigration(lookingFirst(there.sshCommand, domain.name), there, domain, id, context);
  let here = await stateAfterMigration(domain, context);
  if (words !== undefined && !begun) {
    if (here.kind !== 'running') throw notBegun(words, here, there, domain);
    // A link that is down, or a target that hangs, has taken its time already.
    if (patience.passed && [silent, 'ssh:'].some((start) => words?.startsWith(start)))
      throw notMigrated(words, there, domain);
    await mustBeFreeThere(there, domain, patience, context);
    ({ words } = await runMigration(there.sshCommand, there, domain, id, context));
    here = await stateAfterMigration(domain, context);
  }
  if (here.kind === 'running') throw notMigrated(words ?? 'xl reported success', there, domain);
  if (here.kind !== 'absent' || words !== undefined) await judgeBothEnds(here, words, there, domain, context);
  if (here.kind !== 'absent') await dropCopyHere(here, domain, context);
  domain.memory.forget();
  if (context.parameters.allow_mem_management) {
    const { giveBack } = await import('./memory-share.ts');
    giveBack(domain, context);
  }
  return exit.success;
}

/** The xl process of the domain ends a moment after the domain, which looks like a reboot. */
function stateAfterMigration(domain: Domain, { deadline }: XenContext): Soon<VmState> {
  const passing = ['dying', 'rebooting', 'unknown'];
  domain.expectGone();
  return domain.lookUntil(({ kind }) => !passing.includes(kind), deadline);
}

function notMigrated(words: string, there: OtherEnd, domain: Domain): OcfError {
  return failed(
    `${domain.label} goes on running here, not migrated to ${there.node} (${there.address}): ${words}`,
    `try the transport by hand: ${there.sshCommand} ${there.address} xl list`,
  );
}

/** Nothing was sent: whatever is at the target did not come from here, and is no reason to end anything here. */
function notBegun(words: string, here: VmState, { node, address }: OtherEnd, domain: Domain): OcfError {
  const what = here.kind === 'unknown' ? here.why : `here it ${states[here.kind].meaning}`;
  return failed(
    `${domain.label} was not migrated to ${node} (${address}): ${words}; and ${what}`,
    'look at xl list on both nodes',
  );
}

/** The domain as it runs here; an OcfError when it does not. */
async function mustRunHere(domain: Domain, { deadline }: XenContext): Promise<VmState & { kind: 'running' }> {
  const wait = ['unknown', 'rebooting'];
  const state = await domain.lookUntil(
    (seen) => !wait.includes(seen.kind) || (seen.kind === 'unknown' && seen.notInstalled),
    deadline.within(deadline.remaining() / 3),
  );
  if (state.kind === 'running') return state;
  const why = state.kind === 'unknown' ? state.why : `it ${states[state.kind].meaning}`;
  const remedy = state.kind === 'paused' ? `let it run first: xl unpause ${domain.name}` : 'look at it here: xl list';
  throw new OcfError(
    states[state.kind].migrate_to || exit.generic,
    `${domain.label} cannot be migrated: ${why}`,
    remedy,
  );
}

/**
 * Understands why a target did not say that no copy is there: the address, ssh, its keys, its toolstack, a domain.
 *
 * @param patience for what passes: another VM that begins to arrive there has no name for a moment, and could be any.
 */
async function mustBeFreeThere(
  there: OtherEnd,
  domain: Domain,
  patience: Deadline,
  { deadline, host }: XenContext,
): Promise<void> {
  const look = () => there.look(domain, deadline.within(answerMs));
  const state = await waitUntil(look, ({ kind }) => kind !== 'unknown', patience, host.clock);
  if (state.kind === 'absent') return;
  if (state.kind === 'unknown') {
    throw failed(
      `${domain.label} goes on running here, not migrated to ${there.node}: ${state.why}`,
      `as root, this must work without a question: ${there.sshCommand} ${there.address} xl list`,
    );
  }
  throw failed(
    `${domain.label} goes on running here, not migrated to ${there.node}: a domain of this name is there already, it ${states[state.kind].meaning}`,
    `look at xl list on ${there.node}, and end the copy that should not be there`,
  );
}

/** How long the target may take to say whether a copy is there, in milliseconds: ssh has given up a dead link by then. */
const answerMs = 20_000;

const silent = 'it did not say in time whether a copy is there';

/** What came of an `xl migrate`. */
interface Ending {
  /** What xl said if it failed. */
  readonly words: string | undefined;
  /** Before, the target has only been looked at. */
  readonly begun: boolean;
}

/** Runs `xl migrate` over an ssh command to its end, or ends its transport when the time is over. */
async function runMigration(
  sshCommand: string,
  there: OtherEnd,
  domain: Domain,
  id: number | undefined,
  context: XenContext,
): Promise<Ending> {
  const { host, parameters, deadline, log, timeoutMs } = context;
  const limitMs = parameters.migration_timeout === undefined ? timeoutMs * 0.9 : parameters.migration_timeout * 1000;
  // Time is kept to undo a migration that is too slow, and to look at both ends.
  const limit = deadline.within(Math.min(limitMs, deadline.remaining() - Math.min(20_000, timeoutMs / 5)));
  const logFile = join(privateFolder(host.runFolder), `${encodeURIComponent(domain.name)}.migrate.log`);
  log.info(`${domain.label}: live migration to ${there.node} over ${there.address}`);
  // The next action must know where the other copy may be, should this one be killed.
  domain.memory.write({
    ...domain.facts,
    name: domain.name,
    xmfile: parameters.xmfile,
    migration: { node: there.node, address: there.address },
  });
  const args = ['migrate', '-s', sshCommand, domain.target(), there.address];
  let xl: Launched;
  try {
    xl = await host.runner.launch('xl', args, logFile);
  } catch (error) {
    const words = `xl migrate could not be started: ${error instanceof Error ? error.message : error}`;
    return { words, begun: false };
  }
  let code = await xl.ended(limit.within(answerMs));
  const begun = sshCommand === there.sshCommand || hasBegun(xl.output());
  if (code === undefined && begun) code = await xl.ended(limit);
  if (code !== undefined) return { words: code === 0 ? undefined : whyMigrationFailed(code, xl.output()), begun };
  await endSending(domain, context, id);
  const late = begun ? `it took longer than ${Math.round(limitMs / 1000)} s and was given up` : silent;
  const hasEnded = (await xl.ended(deadline.within(10_000))) !== undefined;
  return { words: hasEnded ? late : `${late}, but xl migrate does not end`, begun };
}

/** The first line in which xl, libxl or ssh names an error: the later ones are consequences. */
function whyMigrationFailed(code: number, output: string): string {
  const lines = output.split('\n').filter((line) => !/ info: /.test(line) && !isSayingClear(line));
  const telling = lines.find((line) =>
    /^ssh:|error|failed|denied|refused|Host key|not suspend|unexpected data/i.test(line),
  );
  if (telling === undefined && code < 0) return 'xl migrate was killed';
  return lastWords({ outcome: 'exited', code, stdout: '', stderr: telling ?? lines.join('\n') });
}

/**
 * Decides after a migration that xl did not call a success, or that left a copy here. Returns when the other end was
 * seen to run the domain. A guest that runs nowhere is resumed here, if the other end is known not to run it.
 *
 * @throws OcfError exit 1 in every other case, with the state of both ends.
 */
async function judgeBothEnds(
  here: VmState,
  words: string | undefined,
  there: OtherEnd,
  domain: Domain,
  context: XenContext,
): Promise<void> {
  const { askOtherSide, dropCopyThere, heal, isStranded } = await import('./heal.ts');
  const { side, state } = await askOtherSide(there, domain, context, context.deadline);
  const said = words ?? 'xl reported success';
  if (side === 'runs it') {
    context.log.warn(`${domain.label} runs on ${there.node}, although xl said: ${said}`);
    return;
  }
  let problem = '';
  if (side === 'does not run it' && isStranded(here)) {
    const obstacle = await heal(here, domain, context);
    if (obstacle === undefined) {
      if (state.kind === 'incoming') dropCopyThere(there, domain, context);
      throw notMigrated(`${said} (it had been left suspended and was resumed)`, there, domain);
    }
    problem = `; ${obstacle}`;
  }
  const left = here.kind === 'absent' ? 'nothing is left here' : `here it ${states[here.kind].meaning}`;
  const seen =
    state.kind === 'unknown'
      ? `${there.node} does not tell (${state.why})`
      : state.kind === 'absent'
        ? `${there.node} does not have it`
        : `on ${there.node} it ${states[state.kind].meaning}`;
  throw failed(
    `${domain.label}: the migration to ${there.node} failed (${said}): ${left}, ${seen}${problem}`,
    'the cluster stops what is left on both nodes and starts the VM anew',
  );
}

/** The other end runs the domain: the suspended copy here only holds memory and disks. */
async function dropCopyHere(here: VmState, domain: Domain, { deadline, log }: XenContext): Promise<void> {
  const copy = here.kind === 'migrated-away' ? migratedAwayName(domain.name) : domain.target();
  log.info(`${copy} is left over from a migration that arrived: xl destroy ${copy}`);
  await domain.xl.destroy(copy, deadline);
}
