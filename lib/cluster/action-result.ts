import type { Cib, CibResource } from './cib.ts';

/** What an exit code of an action means to Pacemaker. */
export interface Verdict {
  /** Pacemaker's name of the code, for example `OCF_NOT_RUNNING`. */
  readonly name: string;
  /** What it says, in a few words. */
  readonly meaning: string;
  readonly isFailure: boolean;
  /** What Pacemaker does about it, as a whole sentence. */
  readonly consequence: string;
}

/** Names and meanings of Pacemaker Administration, "OCF Return Codes". */
const codes: Readonly<Record<number, readonly [string, string]>> = {
  0: ['OCF_SUCCESS', 'success'],
  1: ['OCF_ERR_GENERIC', 'failed'],
  2: ['OCF_ERR_ARGS', 'a parameter is not valid on this node'],
  3: ['OCF_ERR_UNIMPLEMENTED', 'the agent has no such action'],
  4: ['OCF_ERR_PERM', 'not permitted'],
  5: ['OCF_ERR_INSTALLED', 'something that it needs is not installed on this node'],
  6: ['OCF_ERR_CONFIGURED', 'the configuration can work on no node'],
  7: ['OCF_NOT_RUNNING', 'not running'],
  8: ['OCF_RUNNING_PROMOTED', 'runs, promoted'],
  9: ['OCF_FAILED_PROMOTED', 'promoted, and failed'],
  190: ['OCF_DEGRADED', 'runs, degraded'],
  191: ['OCF_DEGRADED_PROMOTED', 'runs, promoted, degraded'],
};

/** What is asked about: an action, and how Pacemaker ran it. */
export interface JudgedAction {
  readonly resource: CibResource;
  readonly action: string;
  /** A monitor that is not a recurring one. */
  readonly isProbe: boolean;
  /** Undefined when it was killed because its time was over. */
  readonly code: number | undefined;
  /** The operation's own answer to a failure (`on-fail`), where the configuration has one. */
  readonly onFail: string | undefined;
}

/** Judges an exit code as Pacemaker does. */
export function judgeAction(cib: Cib, judged: JudgedAction): Verdict {
  const { code, isProbe, action } = judged;
  const [name, meaning] =
    code === undefined
      ? ['timed out', 'killed because its time was over']
      : (codes[code] ?? [`exit code ${code}`, 'a code without a meaning, taken for a failure']);
  if (isProbe && code === 0) {
    return verdict(name, 'runs here', 'Pacemaker takes the resource for running on this node.');
  }
  if (isProbe && code === 7) {
    return verdict(name, 'does not run here', 'Pacemaker takes the resource for stopped on this node.');
  }
  if (code === 0 || (code === 7 && action === 'stop')) return verdict(name, meaning, 'Pacemaker goes on.');
  if (code === 190 || code === 191) {
    return verdict(name, meaning, 'Pacemaker lets it run, and shows a failed action in crm_mon.');
  }
  if (code === 8 && action === 'monitor') return verdict(name, meaning, 'Pacemaker takes it for promoted.');
  return { name, meaning, isFailure: true, consequence: consequenceOf(cib, judged) };
}

const verdict = (name: string, meaning: string, consequence: string): Verdict => ({
  name,
  meaning,
  isFailure: false,
  consequence,
});

function consequenceOf(cib: Cib, { resource, action, isProbe, code, onFail }: JudgedAction): string {
  const isFenced = cib.properties['stonith-enabled'] !== 'false';
  if (action === 'validate-all' || action === 'meta-data') return 'Pacemaker itself does not run this action.';
  if (action === 'stop' && (onFail ?? 'fence') === 'fence') {
    return isFenced
      ? 'Pacemaker fences this node: only that makes it safe to start the resource elsewhere.'
      : 'Pacemaker blocks the resource until somebody has cleaned up, because fencing is disabled.';
  }
  if (code === 6) return 'Pacemaker stops the resource, and starts it on no node until its configuration changes.';
  if (code !== undefined && [2, 3, 4, 5].includes(code)) {
    const where = 'Pacemaker runs it on this node no more until somebody has cleaned up';
    return isProbe ? `${where}.` : `${where}, and moves it to another one.`;
  }
  if (action === 'migrate_to' || action === 'migrate_from') {
    return 'Pacemaker stops the resource on both nodes and starts it anew: a restart, not a live migration.';
  }
  if (isProbe) return 'Pacemaker takes it for failed here: it stops it, and starts it where it may run.';
  if (action === 'start') {
    const isFatal = cib.properties['start-failure-is-fatal'] !== 'false';
    return isFatal
      ? 'Pacemaker stops it and starts it on another node: after one failed start this one is out until a refresh.'
      : `Pacemaker stops it and tries again, until it has failed ${thresholdOf(cib, resource)} times here.`;
  }
  return failureAnswers[onFail ?? 'restart'] ?? recovery(thresholdOf(cib, resource));
}

const failureAnswers: Readonly<Record<string, string>> = {
  ignore: 'Pacemaker ignores it, as on-fail says.',
  block: 'Pacemaker leaves the resource as it is until somebody has cleaned up, as on-fail says.',
  stop: 'Pacemaker stops the resource and starts it nowhere, as on-fail says.',
  fence: 'Pacemaker fences this node, as on-fail says.',
  standby: 'Pacemaker moves every resource away from this node, as on-fail says.',
};

function recovery(threshold: string): string {
  const until = threshold === 'INFINITY' ? '' : `; after ${threshold} failures it moves to another node`;
  return `Pacemaker stops and starts it again${until}.`;
}

const thresholdOf = ({ resourceDefaults }: Cib, { meta }: CibResource) =>
  meta['migration-threshold'] ?? resourceDefaults['migration-threshold'] ?? 'INFINITY';
