import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { incomingName, migratedAwayName } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { OcfError } from '../../lib/ocf/error.ts';
import { type Exit, exit } from '../../lib/ocf/exit.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { lastWords } from '../../lib/system/runner.ts';
import { type Domain, domainOf, type XenContext } from './domain.ts';
import { askOtherSide, heal, neverLeft, type Stranded } from './heal.ts';
import { states } from './states.ts';
import { endReceiving, endSending } from './transport.ts';

/**
 * Stops the domain: gracefully within its share of the time, then by force, and answers success only when xl itself
 * said that no copy is left under any name.
 */
export async function stop(context: XenContext): Promise<Exit> {
  const domain = await domainOf(context);
  const first = await domain.lookUntil(isAnswer, context.deadline);
  context.tell({ found: first.kind });
  if (first.kind === 'unknown') throw stopFailed(first, domain, context);
  const wasLeaving = await endSending(domain, context, idOf(first));
  const grace = gracePeriod(context);
  const settled = wasLeaving || isUnderWay(first) ? await domain.lookUntil((seen) => !isUnderWay(seen), grace) : first;
  const state = neverLeft(settled) ? await rescue(settled, domain, context) : settled;
  const wasThere = state.kind === 'running' || state.kind === 'paused';
  const wasAbsent = first.kind === 'absent';
  const justSeen = wasAbsent && state === first ? first : undefined;
  const left = wasThere ? await stopGracefully(state, domain, context, grace) : justSeen;
  const { state: last, refusal } = await clearAway(domain, context, { seen: left, wasAbsent });
  if (last.kind !== 'absent') throw stopFailed(last, domain, context, refusal);
  if (wasLeaving) await awaitOtherEnd(domain, context);
  domain.memory.forget();
  if (context.parameters.allow_mem_management) {
    const { giveBack } = await import('./memory-share.ts');
    giveBack(domain, context);
  }
  return exit.success;
}

const idOf = (state: VmState) => ('id' in state ? state.id : undefined);

/** Without xl there is nothing to wait for. */
const isAnswer = (state: VmState) => state.kind !== 'unknown' || state.notInstalled;

/** It reboots, and can be asked when it is back; or a save or a migration of a killed action still works on it. */
const isUnderWay = (state: VmState) =>
  state.kind === 'unknown' ||
  state.kind === 'rebooting' ||
  ((state.kind === 'suspending' || state.kind === 'migrated-away') && state.inProgress);

/**
 * A guest that an interrupted migration left suspended is resumed before it is stopped, so that it can write back what
 * it has in memory; but only if the other end is known not to run it. Otherwise the copy is only good for destroying.
 */
async function rescue(state: Stranded, domain: Domain, context: XenContext): Promise<VmState> {
  const { parameters, deadline, log } = context;
  if (domain.facts?.migration === undefined || parameters.stop_method === 'destroy') return state;
  const there = (await import('./other-end.ts')).rememberedEnd(domain, context);
  if (there === undefined) return state;
  const limit = deadline.within(deadline.remaining() / 3);
  const { side } = await askOtherSide(there, domain, context, limit);
  const obstacle = side === 'does not run it' ? await heal(state, domain, context) : `${there.node} ${side}`;
  if (obstacle !== undefined)
    log.warn(`${domain.label} was left suspended by a migration and is not resumed: ${obstacle}`);
  return domain.look(deadline);
}

/**
 * Waits until the other end of a migration that this stop has ended is clear, at most 15 s, after which ssh has given up a
 * cut link. Its receiver hears last that there is no sender any more, and may make a copy until then, on a node whose own
 * stop was over before it began.
 */
async function awaitOtherEnd(domain: Domain, context: XenContext): Promise<void> {
  const there = (await import('./other-end.ts')).rememberedEnd(domain, context);
  if (there === undefined) return;
  const { deadline, host } = context;
  const limit = deadline.within(15_000);
  const receivers = await waitUntil(
    () => there.receivers(limit),
    (seen) => !seen,
    limit,
    host.clock,
  );
  // A node that does not tell is not waited for: what it runs is for its own stop, or for fencing.
  if (receivers === undefined) return;
  // A receiver that lost its transport acts once more on what it was told before.
  await host.clock.sleep(Math.min(1000, limit.remaining()));
  const isClear = ({ kind }: VmState) => kind === 'absent' || kind === 'running';
  await waitUntil(() => there.look(domain, limit), isClear, limit, host.clock);
}

/**
 * How long the guest may take: shutdown_timeout, or two thirds of the timeout, as the old agent had it. At least a
 * tenth, or a quarter, of the time that is left stays for destroying.
 */
function gracePeriod({ parameters, timeoutMs, deadline }: XenContext): Deadline {
  const left = deadline.remaining();
  const wanted = parameters.shutdown_timeout;
  return deadline.within(
    wanted === undefined ? Math.min((timeoutMs * 2) / 3, left * 0.75) : Math.min(wanted * 1000, left * 0.9),
  );
}

/**
 * Asks the guest to go, and waits for as long as it has.
 *
 * @returns that it has gone, where that was seen just now; everything else is for the caller to see.
 */
async function stopGracefully(
  state: VmState,
  domain: Domain,
  context: XenContext,
  grace: Deadline,
): Promise<VmState | undefined> {
  const { parameters, log, host } = context;
  if (parameters.stop_method === 'destroy' || grace.passed) return undefined;
  if (state.kind === 'paused') {
    // A paused guest cannot hear the request: xl shutdown then blocks for 60 s (seen on Xen 4.17).
    await domain.letRun(grace.within(2000));
  }
  if (parameters.stop_method === 'save') {
    const { saveImage } = await import('./saved-image.ts');
    if (await saveImage(domain, context, grace)) return undefined;
  }
  const acpi = parameters.shutdown_acpi || parameters.stop_method === 'acpi';
  let asked = idOf(state);
  // The xl of a domain ends with it: so its end is seen at once, and a guest that takes long costs little.
  const { keepers } = domain.processes(asked);
  const ends = () => keepers.some(({ pid }) => !host.isAlive(pid));
  for (;;) {
    const answer = await (acpi ? domain.xl.pressPowerButton(grace) : domain.xl.shutdown(grace));
    if (answer.outcome !== 'exited' || answer.code !== 0) {
      log.warn(`${domain.label}: the request to shut down failed: ${lastWords(answer)}`);
      // A guest that cannot be asked will not go: waiting for it is lost time (the old agent waited all the same).
      if (answer.outcome === 'exited' && domain.look(grace).kind === 'running') return undefined;
    }
    // The request went to the domain that was there: a guest that was just rebooting comes back under another id.
    const isNew = (seen: VmState) => seen.kind === 'running' && seen.id !== asked;
    const seen = await domain.lookUntil((one) => isOver(one) || isNew(one), grace, ends);
    if (isOver(seen)) return seen.kind === 'absent' ? seen : undefined;
    if (!isNew(seen) || grace.passed) break;
    asked = idOf(seen);
  }
  log.warn(`${domain.label} did not shut down in time: it is destroyed`);
  return undefined;
}

/** The guest no longer runs and nobody is about to start it again. */
const isOver = (state: VmState) =>
  state.kind === 'absent' || state.kind === 'crashed' || (state.kind === 'shutdown' && !state.cleanedUp);

/**
 * Ends whatever is left of the domain, under any of its names, until xl says that nothing is.
 *
 * @param seen that it is gone, where that was seen just now.
 * @param wasAbsent that nothing of it was here from the beginning, as on the target of a migration that has yet to connect.
 * @returns the last state that xl told, and what `xl destroy` said when it refused.
 */
async function clearAway(
  domain: Domain,
  context: XenContext,
  { seen, wasAbsent }: { readonly seen: VmState | undefined; readonly wasAbsent: boolean },
): Promise<{ readonly state: VmState; readonly refusal?: string | undefined }> {
  const { deadline, log, host } = context;
  let transportEnded = false;
  let arrivalAwaited = false;
  let told: VmState | undefined;
  let refusal: string | undefined;
  for (let known = seen; ; known = undefined) {
    const state = known ?? (await domain.lookUntil(isAnswer, deadline));
    // With the time over, what xl said before tells more than that it has not answered since.
    if (state.kind === 'unknown') return { state: (deadline.remaining() < 500 && told) || state, refusal };
    const starting = state.kind === 'absent' ? domain.processes().starting : [];
    if (state.kind === 'absent' && starting.length === 0) {
      if (arrivalAwaited || !(wasAbsent || domain.processes().receivingAny.length > 0)) return { state };
      arrivalAwaited = true;
      await (await import('./late-receiver.ts')).awaitArrival(domain, context);
      continue;
    }
    if (deadline.passed) return { state: state.kind === 'absent' ? stillCreating : state, refusal };
    told = state.kind === 'absent' ? stillCreating : state;
    if (state.kind === 'absent') {
      // The xl create of a start that was killed still waits for xl's lock: it would start the domain after this stop.
      log.warn(
        `${domain.label}: xl create is still under way (process ${starting.map(({ pid }) => pid).join(', ')}): it is ended`,
      );
      for (const { pid } of starting) host.signal(pid, 'SIGKILL');
      const haveEnded = () => starting.every(({ pid }) => !host.isAlive(pid));
      await waitUntil(haveEnded, Boolean, deadline.within(1000), host.clock);
    } else if (state.kind === 'incoming' && state.inProgress && !transportEnded) {
      await endReceiving(domain, context, state.id);
      transportEnded = true;
    } else if (state.kind !== 'dying') {
      const victim = victimOf(state, domain);
      log.info(`${victim} ${states[state.kind].meaning}: xl destroy ${victim}`);
      const answer = await domain.xl.destroy(victim, deadline.within(Math.max(5000, deadline.remaining() / 2)));
      refusal = answer.outcome === 'exited' && answer.code === 0 ? undefined : lastWords(answer);
      if (refusal !== undefined) log.warn(`xl destroy ${victim}: ${refusal}`);
    }
    await domain.lookUntil((seen) => seen.kind === 'absent', deadline.within(1000));
  }
}

const stillCreating: VmState = { kind: 'unknown', why: 'an xl create of it cannot be ended', notInstalled: false };

function victimOf(state: VmState, domain: Domain): string {
  if (state.kind === 'incoming') return incomingName(domain.name);
  return state.kind === 'migrated-away' ? migratedAwayName(domain.name) : domain.target();
}

function stopFailed(state: VmState, domain: Domain, { environment }: XenContext, refusal?: string): OcfError {
  const where = environment.nodeName === undefined ? '' : ` on ${environment.nodeName}`;
  const what = state.kind === 'unknown' ? state.why : `it ${states[state.kind].meaning}`;
  const why = refusal === undefined ? what : `${what}; xl destroy: ${refusal}`;
  return new OcfError(
    state.kind === 'unknown' && state.notInstalled ? exit.notInstalled : exit.generic,
    `${domain.label} could not be stopped${where}: ${why}`,
    'the cluster fences the node, which is what makes it safe to start the VM elsewhere; then look at xl list and /var/log/xen there',
  );
}
