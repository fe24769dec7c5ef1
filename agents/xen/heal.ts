import type { VmState } from '../../lib/hypervisor/vm-state.ts';
import { incomingName } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import { waitUntil } from '../../lib/system/clock.ts';
import { lastWords } from '../../lib/system/runner.ts';
import type { Domain, XenContext } from './domain.ts';
import type { OtherEnd } from './other-end.ts';
import { states } from './states.ts';

/** A copy that an interrupted migration left suspended on this node. */
export type Stranded = VmState & { kind: 'suspending' | 'migrated-away' };

/** Whether a state is a suspended copy that no migration or save is working on. */
export function isStranded(state: VmState): state is Stranded {
  return (state.kind === 'suspending' || state.kind === 'migrated-away') && !state.inProgress;
}

/**
 * Whether a later action may resume a suspended copy: under its own name, which xl takes from it before it says "go".
 * A copy called `--migratedaway` may have run at the other end since, and written to the disks, whatever is seen there
 * now. Only the migration that left it can judge that.
 */
export function neverLeft(state: VmState): state is Stranded {
  return isStranded(state) && state.kind === 'suspending';
}

/** What is known of the other end of an interrupted migration. */
type OtherSide = 'runs it' | 'does not run it' | 'does not tell';

/**
 * Whether the other end runs the domain, or ever may.
 *
 * A copy that arrives there may have got the word to start just before the transport broke, so while a receiver lives
 * it is looked at again. Once there is none, a copy that is left can never run.
 */
export async function askOtherSide(
  there: OtherEnd,
  domain: Domain,
  { host }: XenContext,
  deadline: Deadline,
): Promise<{ readonly side: OtherSide; readonly state: VmState }> {
  const look = () => there.look(domain, deadline);
  const passing = ['paused', 'dying', 'unknown'];
  const settled = (state: VmState) =>
    state.kind === 'incoming' ? there.receivers(deadline) === 0 : !passing.includes(state.kind);
  const state = await waitUntil(look, settled, deadline.within(20_000), host.clock);
  if (state.kind === 'absent') return { side: 'does not run it', state };
  if (['running', 'rebooting', 'shutdown', 'crashed'].includes(state.kind)) return { side: 'runs it', state };
  if (state.kind !== 'incoming') return { side: 'does not tell', state };
  if (there.receivers(deadline) !== 0) return { side: 'does not tell', state };
  // A receiver that lost its transport acts once more on what it was told before.
  await host.clock.sleep(1000);
  const again = look();
  return { side: again.kind === 'incoming' ? 'does not run it' : 'does not tell', state: again };
}

/**
 * Lets a stranded guest go on here, with nothing lost. Only for a guest that the other end is known not to run.
 *
 * @returns what stood in the way; undefined when the guest was seen running.
 */
export async function heal(
  state: Stranded,
  domain: Domain,
  { deadline, log }: XenContext,
): Promise<string | undefined> {
  if (state.id === undefined) return 'its domain id is not known';
  if (state.kind === 'migrated-away') {
    const renamed = domain.xl.rename(state.id, deadline);
    if (renamed.outcome !== 'exited' || renamed.code !== 0) return `xl rename failed: ${lastWords(renamed)}`;
  }
  log.info(`${domain.label} was left suspended by an interrupted migration and runs nowhere else: it is resumed`);
  const resumed = await domain.xl.resume(state.id, deadline.within(30_000));
  const succeeded = resumed.outcome === 'exited' && resumed.code === 0;
  // A busy host answers late. What was resumed and is not seen to run would be a failure that names no cause.
  const isClear = ({ kind }: VmState) => (succeeded ? kind === 'running' : kind !== 'unknown');
  const seen = await domain.lookUntil(isClear, deadline.within(20_000));
  if (seen.kind === 'running') return undefined;
  const what = seen.kind === 'unknown' ? seen.why : `it ${states[seen.kind].meaning}`;
  return succeeded ? `it was resumed, but ${what}` : `it could not be resumed: ${lastWords(resumed)}`;
}

/** Destroys a copy that arrived at the other end and that nobody sends any more; the guest was seen running here. */
export function dropCopyThere(there: OtherEnd, domain: Domain, { log, deadline }: XenContext): void {
  const copy = incomingName(domain.name);
  log.info(`${copy} is left over on ${there.node}: xl destroy ${copy}`);
  const answer = there.run(['xl', 'destroy', copy], deadline);
  if (answer.outcome !== 'exited' || answer.code !== 0)
    log.warn(`xl destroy ${copy} on ${there.node}: ${lastWords(answer)}`);
}
