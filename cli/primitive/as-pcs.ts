import { quoteWord } from '../../lib/system/shell-words.ts';
import { agentName, type Design } from './design.ts';

const pairs = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, value]) => `${name}=${value}`);

/**
 * A design as a shell script for pcs (0.10 and newer). The commands change a copy of the configuration, of which the
 * difference goes to the cluster at once: the VM does not start before its dependencies are known.
 */
export function asPcs(design: Design, file: string): string {
  const before = `${file}.before`;
  const commands = [
    ['pcs', 'cluster', 'cib', before],
    ['cp', before, file],
    ...changes(design).map((words) => ['pcs', '-f', file, ...words]),
    ['pcs', 'cluster', 'cib-push', file, `diff-against=${before}`],
    ['rm', before, file],
  ];
  return `set -e\n${commands.map((words) => `${words.map(quoteWord).join(' ')}\n`).join('')}`;
}

function changes({ primitives, groups, clones, orders, colocations }: Design): string[][] {
  return [
    ...primitives.map((primitive) => [
      ...['resource', 'create', primitive.id, agentName(primitive), ...pairs(primitive.parameters)],
      ...primitive.operations.flatMap(({ name, interval, timeout }) => [
        ...['op', name, `interval=${interval}s`, `timeout=${timeout}s`],
      ]),
      ...(Object.keys(primitive.meta).length === 0 ? [] : ['meta', ...pairs(primitive.meta)]),
      '--no-default-ops',
    ]),
    ...primitives
      .filter(({ utilization }) => Object.keys(utilization).length > 0)
      .map(({ id, utilization }) => ['resource', 'utilization', id, ...pairs(utilization)]),
    ...groups.map(({ id, members }) => ['resource', 'group', 'add', id, ...members]),
    ...clones.map(({ id, of, meta }) => ['resource', 'clone', of, id, ...pairs(meta)]),
    ...orders.map(({ id, first, second }) => [
      'constraint',
      'order',
      first,
      'then',
      second,
      'kind=Mandatory',
      `id=${id}`,
    ]),
    ...colocations.map(({ id, resource, beside }) => [
      ...['constraint', 'colocation', 'add', resource, 'with', beside, 'INFINITY', `id=${id}`],
    ]),
  ];
}
