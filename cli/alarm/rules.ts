import type { Alert } from './alert.ts';

/** Every kind of alarm, with what it means; the order is that of the documentation. */
export const alarmKinds = {
  lost: 'a node has left the cluster, in whatever way',
  fenced: 'a node was switched off or reset by the cluster',
  'not-fenced': 'a node could not be fenced: its VMs are not started elsewhere until it is',
  died: 'a VM, or another resource, is not running any more',
  failed: 'a monitor, start, stop or migration failed',
  degraded: 'a resource runs, and something is wrong with it',
  returned: 'a node has joined the cluster',
  started: 'a resource was started',
} as const;
export type AlarmKind = keyof typeof alarmKinds;

/** Those that are sent unless `alarm_kinds` says otherwise: what somebody may have to do something about. */
export const usualKinds: readonly AlarmKind[] = ['lost', 'fenced', 'not-fenced', 'died', 'failed', 'degraded'];

/** Something that a person is told. */
export interface Alarm {
  readonly kind: AlarmKind;
  readonly node: string;
  readonly resource?: string;
  readonly text: string;
  /** Every node of the cluster is alerted of it, so that one has to speak for all. */
  readonly known: 'to all nodes' | 'to its node';
}

/** Exit codes of a monitor (OCF 1.1). */
const notRunning = 7;
const degraded = [190, 191];

/** What to tell a person of an alert; undefined: nothing. These are all the rules that there are. */
export function alarmOf(alert: Alert): Alarm | undefined {
  const { node } = alert;
  if (alert.kind === 'node') {
    const isLost = alert.state === 'lost';
    const text = `${node} has ${isLost ? 'left' : 'joined'} the cluster`;
    return { kind: isLost ? 'lost' : 'returned', node, text, known: 'to all nodes' };
  }
  if (alert.kind === 'fencing') {
    if (alert.action === 'on') return undefined;
    const isDone = alert.code === 0;
    const text = isDone
      ? `${node} was fenced (${alert.action})`
      : `${node} could not be fenced: its VMs are not started elsewhere until it is, or somebody who has seen that it is off says so (stonith_admin --confirm ${node}). ${alert.words}`;
    return { kind: isDone ? 'fenced' : 'not-fenced', node, text, known: 'to all nodes' };
  }
  const { resource, action, intervalMs, code, expected, words, status } = alert;
  const own = { node, resource, known: 'to its node' } as const;
  const isProbe = action === 'monitor' && intervalMs === 0;
  const isUnderWayOrCancelled = status === -1 || status === 1;
  if (isProbe || isUnderWayOrCancelled || action === 'meta-data' || action === 'notify') return undefined;
  const more = `; what happened: ocf-virt events --vm ${resource}`;
  if (degraded.includes(code)) return { ...own, kind: 'degraded', text: `${resource} is degraded on ${node}${more}` };
  if (action === 'asyncmon') return { ...own, kind: 'died', text: `${resource} has died on ${node}${more}` };
  if (code === expected && status === 0) {
    const isStart = action === 'start' || action === 'migrate_from';
    return isStart ? { ...own, kind: 'started', text: `${resource} runs on ${node}` } : undefined;
  }
  if (action === 'monitor' && code === notRunning)
    return { ...own, kind: 'died', text: `${resource} was found not running on ${node}${more}` };
  return { ...own, kind: 'failed', text: `${action} of ${resource} failed on ${node}: ${words}${more}` };
}
