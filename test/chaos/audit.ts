import type { FailedAction, Sight } from './sight.ts';

/** The promises; the letters are those of the documentation. */
export const invariants = {
  a: 'no VM runs on two nodes',
  b: 'every VM runs, and the cluster says truly where',
  c: "no user's file is changed",
  d: 'every failure has a reason that names the VM and a remedy',
  e: 'nothing is left over: constraints, programs, copies, files',
} as const;
export type Invariant = keyof typeof invariants;

/** A promise that does not hold. */
export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
  /** Whether it may pass by itself: something may still be under way. */
  readonly mayPass: boolean;
}

/** What was seen before, which a later sight is compared with. */
export interface Known {
  readonly files: Sight['files'];
  /** Overlaps and reasons that were reported already, as text. */
  readonly reported: ReadonlySet<string>;
}

/** Holds what is to be seen against the promises, when nothing disturbs the cluster any more. */
export function judge(sight: Sight, nodes: readonly string[], known: Known): Violation[] {
  return [
    ...runTwice(sight, known),
    ...clusterOf(sight, nodes, known),
    ...files(sight, known),
    ...reasons(sight, known),
  ];
}

const broken = (invariant: Invariant, text: string, mayPass = false): Violation => ({ invariant, text, mayPass });

function runTwice({ overlaps }: Sight, { reported }: Known): Violation[] {
  return overlaps
    .filter((one) => !reported.has(overlapId(one)))
    .map(({ name, copies, from, to }) => {
      const time = `from ${new Date(from).toISOString()}${to === undefined ? ' on' : `, for ${to - from} ms`}`;
      return broken('a', `${name} runs twice: ${copies.join(' and ')}, ${time}`);
    });
}

/** An overlap that has not ended yet is the same when it has. */
export const overlapId = ({ name, from, copies }: Sight['overlaps'][number]) => `${name} ${from} ${copies.join(' ')}`;

function clusterOf(sight: Sight, nodes: readonly string[], known: Known): Violation[] {
  const { cluster, vms, programs } = sight;
  if (cluster === undefined) return [broken('b', 'no node says what the cluster thinks', true)];
  const found: Violation[] = [];
  const offline = nodes.filter((node) => !cluster.online.includes(node));
  if (offline.length > 0) found.push(broken('b', `not online: ${offline.join(' ')}`, true));
  if (!cluster.quorum) found.push(broken('b', 'the cluster has no quorum', true));
  for (const { name, copies, believed } of vms) {
    const hosts = copies.map((copy) => copy.split('/')[0] ?? '');
    const said = believed?.role === 'Started' && believed.pending === undefined ? believed.nodes : [];
    if (hosts.length === 0) {
      const why = said.length > 0 ? `, and the cluster says that it does on ${said.join(' ')}` : '';
      found.push(broken('b', `${name} does not run${why}`, true));
    } else if (hosts.length > 1) found.push(broken('a', `${name} runs twice now: ${copies.join(' and ')}`, true));
    else if (said.join(' ') !== hosts.join(' ')) {
      found.push(
        broken(
          'b',
          `${name} runs on ${hosts.join(' ')}, and the cluster says: ${believed?.role} ${said.join(' ')}`,
          true,
        ),
      );
    } else if (believed?.managed !== true || believed.failed) {
      found.push(
        broken('b', `${name} runs on ${hosts.join(' ')}, but is ${believed?.failed ? 'failed' : 'not managed'}`, true),
      );
    }
  }
  if (cluster.standby.length > 0) found.push(broken('e', `in standby: ${cluster.standby.join(' ')}`, true));
  for (const id of cluster.constraints) found.push(broken('e', `the constraint ${id} is left`, true));
  for (const text of cluster.differences) found.push(broken('e', text, true));
  for (const text of programs) found.push(broken('e', `a program is left: ${text}`, true));
  for (const failure of cluster.failures) found.push(...withoutReason(failure, newReasons(sight, known)));
  if (!cluster.idle) found.push(broken('e', 'the cluster goes on working', true));
  return found;
}

/**
 * What an agent ended with and did not explain. Not running (7) explains itself; what Pacemaker ended it explains. The
 * reasons of migrations Pacemaker keeps in its log only (pcmk__create_history_xml of 2.1.5 and later).
 */
function withoutReason(
  { operation, node, code, status, reason }: FailedAction,
  logged: readonly string[],
): Violation[] {
  if (!/^vm\d+_/.test(operation) || status !== 'complete' || code === 7 || reason !== '') return [];
  const isLogged = logged.some((line) => line.startsWith(`${node} `) && line.includes(` ${operation}[`));
  if (isLogged && /_migrate_(to|from)_0$/.test(operation)) return [];
  return [broken('d', `${operation} on ${node} failed with ${code} and says no reason`)];
}

function files({ files }: Sight, known: Known): Violation[] {
  const names = [...new Set([...Object.keys(files), ...Object.keys(known.files)])];
  return names
    .filter((name) => files[name] !== known.files[name])
    .map((name) => {
      // A node that is off, or boots, shows nothing.
      if (files[name] === undefined) return broken('c', `${name} is gone`, true);
      if (known.files[name] !== undefined) return broken('c', `${name} has changed`);
      return broken('e', `the file ${name} is left`, true);
    });
}

/** A sentence that names the VM, and one that says what to do. */
function reasons(sight: Sight, known: Known): Violation[] {
  return newReasons(sight, known).flatMap((line) => {
    const [, operation = '', reason = ''] = /(\S+)\[\d+\] error output \[ ocf-exit-reason:(.*) \]/.exec(line) ?? [];
    const vm = /^(vm\d+)_/.exec(operation)?.[1];
    if (vm === undefined) return [];
    if (!reason.includes(vm)) return [broken('d', `${operation}: the reason does not name the VM: ${reason}`)];
    return /[^.]\. [A-Z]\S* \S/.test(reason) ? [] : [broken('d', `${operation}: the reason has no remedy: ${reason}`)];
  });
}

const newReasons = ({ reasons }: Sight, { reported }: Known) => reasons.filter((line) => !reported.has(line));
