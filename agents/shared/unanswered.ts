import type { Context } from '../../lib/agent/define.ts';
import { failed, OcfError } from '../../lib/ocf/error.ts';
import { exit } from '../../lib/ocf/exit.ts';

/** A monitor that got no answer from the toolstack until its deadline. */
export interface Unanswered {
  /** The VM, for messages. */
  readonly label: string;
  readonly why: string;
  readonly notInstalled: boolean;
  /** What shows in spite of that that the VM lives; undefined when nothing does. */
  readonly life: string | undefined;
  /** Unanswered monitors in a row before this one, and how to remember one more. */
  readonly before: number;
  remember(count: number): void;
  /** What to do, and what to install where the toolstack is missing. */
  readonly remedy: string;
  readonly install: string;
}

/**
 * The toolstack gave no answer until the deadline. That is never "stopped". It is tolerated for a while, if another
 * source shows that the VM lives: a toolstack that restarts must not get a healthy node fenced.
 */
export function judgeUnanswered(
  { label, why, notInstalled, life, before, remember, remedy, install }: Unanswered,
  {
    environment,
    parameters,
    log,
  }: Pick<Context<Record<string, never>>, 'environment' | 'log'> & {
    readonly parameters: { readonly unknown_tolerance: number };
  },
): never {
  const where = environment.nodeName === undefined ? '' : ` on ${environment.nodeName}`;
  const reason = `${label}${where}: ${why}`;
  // To Pacemaker a probe that answers 5 has found nothing: the VM is started on another node.
  if (notInstalled && environment.isProbe && life === undefined) throw new OcfError(exit.notInstalled, reason, install);
  if (life === undefined || environment.isProbe) throw failed(`${reason}; ${life ?? 'no sign of life'}`, remedy);
  const count = before + 1;
  remember(count);
  const counted = `${reason}; ${life}; unanswered monitor ${count}, ${parameters.unknown_tolerance} tolerated`;
  log.warn(counted);
  throw count > parameters.unknown_tolerance ? failed(counted, remedy) : new OcfError(exit.degraded, counted, remedy);
}
