import type { OperationRecord } from '../../lib/cluster/history.ts';
import { surveyNodes } from '../cluster-nodes.ts';
import type { Tools } from '../command.ts';
import { printable } from '../printable.ts';
import type { Arrival } from './arrival.ts';

/** What became of one VM, for people and as data. */
export interface Report {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  readonly result: Arrival['kind'];
  readonly node: string | undefined;
  readonly failures: readonly { readonly operation: string; readonly node: string; readonly reason: string }[];
}

/** Adds to an arrival why operations failed: from the cluster, else from the log of the node where it happened. */
export async function reportOf(
  journey: { readonly vm: string; readonly from: string; readonly to: string },
  arrival: Arrival,
  tools: Tools,
  seconds: number,
): Promise<Report> {
  const { kind, node, failures } = arrival;
  const reasons = await reasonsOnLogs(
    failures.filter(({ reason }) => reason === ''),
    tools,
    seconds,
  );
  return {
    ...journey,
    result: (await wasRunning(journey.vm, arrival, tools, seconds)) ? 'live' : kind,
    node,
    failures: failures.map((one) => ({
      operation: one.operation,
      node: one.node,
      reason: one.reason || reasons.get(`${one.node} ${one.key}`) || whyWithoutReason(one),
    })),
  };
}

/** Whether a start booted nothing, because the VM ran there already: the agent that started it has written it down. */
async function wasRunning(vm: string, { unsureStart }: Arrival, tools: Tools, seconds: number): Promise<boolean> {
  if (unsureStart === undefined) return false;
  const { node, changed } = unsureStart;
  const events = { vm, sinceMs: changed * 1000, limit: 100 };
  const answer = (await surveyNodes([node], { events }, { tools, seconds })).get(node);
  const told = answer?.kind === 'answered' ? answer.facts.events : undefined;
  if (told === undefined || !('facts' in told)) return false;
  const starts = told.facts.events.filter(({ event }) => event === 'started');
  return starts.length > 0 && starts.every(({ found }) => found === 'running');
}

const whyWithoutReason = ({ isLost, code, node }: OperationRecord) =>
  isLost ? 'its time was over' : `exit code ${code}; see Pacemaker's log on ${node}`;

async function reasonsOnLogs(
  failures: readonly OperationRecord[],
  tools: Tools,
  seconds: number,
): Promise<ReadonlyMap<string, string>> {
  if (failures.length === 0) return new Map();
  const nodes = [...new Set(failures.map(({ node }) => node))];
  const request = { exitReasons: { keys: [...new Set(failures.map(({ key }) => key))] } };
  const answers = await surveyNodes(nodes, request, { tools, seconds });
  return new Map(
    [...answers].flatMap(([node, answer]) => {
      const told = answer.kind === 'answered' ? answer.facts.exitReasons : undefined;
      if (told === undefined || !('facts' in told)) return [];
      return Object.entries(told.facts).map(([key, reason]) => [`${node} ${key}`, reason] as const);
    }),
  );
}

/** One line, and one for each operation that failed. */
export function describeReport(report: Report, { terminal }: Tools): string {
  const { vm, from, result, node, failures } = report;
  const words: Record<Arrival['kind'], string> = {
    live: `live from ${from} to ${node}, without a restart`,
    restarted: `restarted on ${node}: it was booted anew`,
    stayed: `still on ${from}`,
    stopped: 'stopped, it runs nowhere',
    unsettled: `the cluster does not know one place where it runs${node === undefined ? '' : ` (${node})`}`,
  };
  const colour = result === 'live' ? 'green' : result === 'restarted' ? 'yellow' : 'red';
  const why = failures.map((one) => `    ${one.operation} on ${one.node} failed: ${printable(one.reason)}\n`);
  return `${terminal.style('bold', vm)}: ${terminal.style(colour, words[result])}\n${why.join('')}`;
}
