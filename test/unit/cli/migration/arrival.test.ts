import { describe, expect, it } from 'vitest';
import { judgeArrival } from '../../../../cli/migration/arrival.ts';
import type { OperationRecord } from '../../../../lib/cluster/history.ts';
import type { ResourceStatus } from '../../../../lib/cluster/status.ts';

const operation = (text: string, more: Partial<OperationRecord> = {}): OperationRecord => {
  const [name = '', node = '', code = '0', changed = '100'] = text.split(' ');
  return {
    resource: 'vm01',
    node,
    operation: name,
    key: `vm01_${name}_0`,
    code: Number(code),
    pending: false,
    isLost: false,
    reason: '',
    changed: Number(changed),
    target: undefined,
    transition: text,
    ...more,
  };
};
const status = (nodes: readonly string[], more: Partial<ResourceStatus> = {}): ResourceStatus => ({
  id: 'vm01',
  agent: 'ocf:virt:Xen',
  role: 'Started',
  targetRole: undefined,
  active: nodes.length > 0,
  managed: true,
  failed: false,
  pending: undefined,
  nodes,
  ...more,
});
const before = [operation('start node1 0 10'), operation('monitor node2 7 5'), operation('migrate_to node1 1 8')];
const judge = (where: ResourceStatus | undefined, ...since: readonly OperationRecord[]) =>
  judgeArrival('vm01', 'node1', where, before, [...before, ...since]);

describe('what became of a VM that was to leave node1', () => {
  it.each([
    ['live', 'node2', ['migrate_to node1', 'migrate_from node2', 'stop node1 0 101'], []],
    ['restarted', 'node2', ['migrate_to node1 1', 'stop node1 0 101', 'start node2 0 102'], ['migrate_to node1']],
    ['restarted', 'node1', ['migrate_to node1 1', 'stop node1 0 101', 'start node1 0 102'], ['migrate_to node1']],
    ['restarted', 'node2', ['migrate_to node1', 'migrate_from node2', 'start node2 0 100'], []],
    ['restarted', 'node3', ['migrate_from node2', 'start node3 0 105'], []],
    ['live', 'node1', ['migrate_from node2', 'migrate_from node1 0 120'], []],
    ['stayed', 'node1', [], []],
    ['stayed', 'node1', ['migrate_to node1 1 99'], ['migrate_to node1']],
    ['live', 'node2', ['migrate_from node2', 'monitor node2 190 103'], []],
    ['live', 'node2', ['migrate_from node2', 'monitor node3 7 103'], []],
  ] as const)('%s on %s after %j', (kind, node, since, failures) => {
    const arrival = judge(status([node]), ...since.map((text) => operation(text)));
    expect(arrival).toMatchObject({ kind, node });
    expect(arrival.failures.map((one) => `${one.operation} ${one.node}`)).toEqual(failures);
  });

  it.each([
    ['unsure', ['migrate_to node1', 'stop node1 0 101', 'start node2 0 102']],
    ['a boot', ['migrate_to node1 1', 'stop node1 0 101', 'start node2 0 102']],
    ['a boot', ['migrate_to node1', 'stop node2 0 101', 'start node2 0 102']],
    ['a boot', ['migrate_to node1', 'migrate_from node2', 'start node2 0 102']],
    ['a boot', ['stop node1 0 101', 'start node2 0 102']],
  ] as const)('a start on node2 is %s after %j', (meaning, since) => {
    const arrival = judge(status(['node2']), ...since.map((text) => operation(text, { target: 'node2' })));
    expect([arrival.kind, arrival.unsureStart?.node]).toEqual([
      'restarted',
      meaning === 'unsure' ? 'node2' : undefined,
    ]);
  });

  it('is stopped when it runs nowhere, and not settled when nobody knows one place', () => {
    expect(judge(status([]))).toMatchObject({ kind: 'stopped', node: undefined });
    expect(judge(undefined)).toMatchObject({ kind: 'unsettled' });
    expect(judge(status(['node1', 'node2']))).toMatchObject({ kind: 'unsettled' });
    expect(judge(status(['node1'], { failed: true }))).toMatchObject({ kind: 'unsettled' });
    expect(judge(status(['node1'], { role: 'Migrating' }))).toMatchObject({ kind: 'unsettled' });
  });

  it('counts an operation that was killed as a failure, and one under way as none', () => {
    const late = operation('migrate_to node1 1', { isLost: true });
    const pending = operation('migrate_to node1 193', { pending: true });
    expect(judge(status(['node1']), late).failures).toEqual([late]);
    expect(judge(status(['node1']), pending).failures).toEqual([]);
  });

  it('leaves other resources out', () => {
    expect(judge(status(['node1']), operation('start node1 1', { resource: 'vm02' }))).toMatchObject({
      kind: 'stayed',
      failures: [],
    });
  });
});
