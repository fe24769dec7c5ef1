import type { Deadline } from '../ocf/deadline.ts';
import { failed } from '../ocf/error.ts';
import type { Runner } from '../system/runner.ts';
import { complaintIn } from './complaint.ts';
import { attributesOf, childrenOf, parseXml } from './xml.ts';

/** A node as Pacemaker sees it. */
export interface ClusterNode {
  readonly name: string;
  readonly online: boolean;
  /** Lost, and not fenced yet. */
  readonly unclean: boolean;
  /** False once it left the cluster in good order, or was fenced. */
  readonly expectedUp: boolean;
}

/** What Pacemaker's fencing history says of a node. */
export interface Fencing {
  /** When it was last switched off or reset with success, in milliseconds since 1970. */
  readonly lastMs: number | undefined;
  /** A fencing of it has begun and not ended. */
  readonly pending: boolean;
}

/** A node that was switched off or reset with success. */
export interface PastFencing {
  readonly node: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

/**
 * The nodes of the cluster.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer.
 */
export async function clusterNodes(runner: Runner, deadline: Deadline): Promise<readonly ClusterNode[]> {
  const args = ['--one-shot', '--output-as=xml', '--include=none,nodes'];
  return parseNodes(await ask(runner, 'crm_mon', args, deadline));
}

/**
 * Whether a node is in the cluster, by what the controllers wrote of it. crm_mon would tell the same, and takes the time
 * of a whole scheduler for it: too long for each of fifty starts after a crash.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer.
 */
export async function isMember(runner: Runner, node: string, deadline: Deadline): Promise<boolean> {
  const args = ['--query', '--no-children', '--xpath', `//node_state[@uname="${node}"]`];
  const answer = runner.query('cibadmin', args, deadline.within(10_000));
  // CRM_EX_NOSUCH: it was removed from the cluster.
  if (answer.outcome === 'exited' && answer.code === 105) return false;
  if (answer.outcome !== 'exited' || answer.code !== 0) throw didNotSay('cibadmin', complaintIn(answer));
  // A remote node has no `crmd`. Since Pacemaker 2.1.7 both hold since when it is so, and 0 when it is not.
  const { in_ccm, crmd } = attributesOf(await parseXml(answer.stdout));
  return !/^(false|0)$/.test(in_ccm ?? '') && !/^(offline|0)$/.test(crmd ?? '');
}

/**
 * The fencing history of a node.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer.
 */
export async function fencingOf(runner: Runner, node: string, deadline: Deadline): Promise<Fencing> {
  return parseFencing(await askFencings(runner, node, deadline), node);
}

function askFencings(runner: Runner, node: string, deadline: Deadline): Promise<string> {
  // Without --verbose it tells only the first of all fencings that it knows of (seen with Pacemaker 2.1.5).
  return ask(runner, 'stonith_admin', [`--history=${node}`, '--verbose', '--output-as=xml'], deadline);
}

async function ask(runner: Runner, program: string, args: readonly string[], deadline: Deadline): Promise<string> {
  const answer = runner.query(program, args, deadline.within(10_000));
  if (answer.outcome === 'exited' && answer.code === 0) return answer.stdout;
  throw didNotSay(program, complaintIn(answer));
}

const didNotSay = (program: string, why: string) =>
  failed(
    `the cluster did not say what became of its nodes (${program}: ${why})`,
    'look whether Pacemaker answers on this node: crm_mon -1',
  );

/** Parses `crm_mon --output-as=xml`. A node with an attribute that is missing is taken to be alive. */
export async function parseNodes(xml: string): Promise<readonly ClusterNode[]> {
  return childrenOf((await parseXml(xml))['nodes'], 'node')
    .map(attributesOf)
    .map((node) => ({
      name: node['name'] ?? '',
      online: node['online'] !== 'false',
      unclean: node['unclean'] !== 'false',
      expectedUp: node['expected_up'] !== 'false',
    }));
}

/**
 * All fencings with success that Pacemaker remembers: since its start on any living node.
 *
 * @throws OcfError exit 1 when Pacemaker does not answer.
 */
export async function fencings(runner: Runner, deadline: Deadline): Promise<readonly PastFencing[]> {
  return pastFencings(await fenceEvents(await askFencings(runner, '*', deadline)));
}

/** Parses `stonith_admin --history --output-as=xml`. An event that is not understood counts as none. */
export async function parseFencing(xml: string, node: string): Promise<Fencing> {
  const events = (await fenceEvents(xml)).filter(({ target }) => target === node);
  const times = pastFencings(events).map(({ timeMs }) => timeMs);
  return {
    lastMs: times.length === 0 ? undefined : Math.max(...times),
    pending: events.some(({ status }) => status === 'pending'),
  };
}

type Attributes = ReturnType<typeof attributesOf>;

async function fenceEvents(xml: string): Promise<readonly Attributes[]> {
  return childrenOf((await parseXml(xml))['list'], 'fence_event').map(attributesOf);
}

function pastFencings(events: readonly Attributes[]): readonly PastFencing[] {
  return events
    .filter(({ status, action }) => status === 'success' && (action === 'off' || action === 'reboot'))
    .map(({ target, completed }) => ({ node: target ?? '', timeMs: parseTime(completed ?? '') }))
    .filter(({ timeMs }) => !Number.isNaN(timeMs));
}

/** A time as Pacemaker writes it, `2026-11-21 07:12:49Z`, perhaps with a fraction or an offset; NaN when it is none. */
function parseTime(text: string): number {
  const [, day, time, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,3})?\d* ?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  return Date.parse(`${day}T${time}${fraction}${zone}`);
}
