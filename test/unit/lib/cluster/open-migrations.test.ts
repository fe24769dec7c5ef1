import { describe, expect, it } from 'vitest';
import { type OperationRecord, readResourceHistory } from '../../../../lib/cluster/history.ts';
import { openMigrations } from '../../../../lib/cluster/open-migrations.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../lib/system/runner.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const controller = 'a6ce2f9c-afd9-403c-83a4-2ccc935b1433';
const other = '1121a3cc-d643-4ce3-ad55-71b0379cb7dc';

const record = (
  node: string,
  operation: string,
  transition: number,
  more: Partial<OperationRecord> & { readonly by?: string } = {},
): OperationRecord => ({
  resource: 'vm01',
  node,
  operation,
  key: `vm01_${operation}_0`,
  code: 0,
  pending: false,
  isLost: false,
  reason: '',
  changed: 1_000_000 + transition,
  target: undefined,
  transition: `5:${transition}:0:${more.by ?? controller}`,
  ...more,
});

const migration = record('node1', 'migrate_to', 26, { target: 'node2' });
const open = [{ source: 'node1', target: 'node2' }];

describe('a migration is open, so that a copy may have been forgotten at its target', () => {
  it.each<[string, readonly OperationRecord[]]>([
    ['while the target has told nothing at all', []],
    [
      'when the target has told only of an earlier migration there, and of the stop after it',
      [record('node2', 'migrate_from', 22), record('node2', 'stop', 24)],
    ],
    ['while the arrival is under way', [record('node2', 'migrate_from', 26, { pending: true, code: 193 })]],
    [
      'whatever other nodes have told since',
      [record('node1', 'stop', 27), record('node3', 'monitor', 28, { code: 7 })],
    ],
    [
      'when another node has become DC and the clocks of the nodes may differ by what lies between',
      [record('node2', 'stop', 3, { by: other, changed: migration.changed + 60 })],
    ],
  ])('%s', (_, told) => {
    expect(openMigrations([migration, ...told])).toEqual(open);
  });

  it('also when it failed, or is under way', () => {
    expect(openMigrations([{ ...migration, code: 1 }])).toEqual(open);
    expect(openMigrations([{ ...migration, code: 193, pending: true }])).toEqual(open);
  });
});

describe('a migration is settled', () => {
  it.each<[string, OperationRecord]>([
    ['when it has arrived', record('node2', 'migrate_from', 26)],
    ['when the target was stopped afterwards', record('node2', 'stop', 27)],
    ['when the target was asked afterwards', record('node2', 'monitor', 28, { code: 7 })],
    [
      'when the target has told something long after it, although another node has become DC',
      record('node2', 'monitor', 3, { by: other, code: 7, changed: migration.changed + 3600 }),
    ],
  ])('%s', (_, told) => {
    expect(openMigrations([migration, told])).toEqual([]);
  });
});

describe('the history of one resource', () => {
  const ask = (answer: Partial<RunResult>, resource = 'vm01') => {
    const runner = scriptedRunner((program) => (program === 'cibadmin' ? answer : undefined));
    return { calls: runner.calls, history: readResourceHistory(runner, resource, fromNow(5000, fakeClock())) };
  };
  const operation = (node: string) =>
    `<lrm_rsc_op id="vm01_last_0" operation_key="vm01_stop_0" operation="stop" transition-key="5:27:0:${controller}" on_node="${node}" rc-code="0" op-status="0" last-rc-change="7"/>`;
  const resource = (node: string) => `<lrm_resource id="vm01" class="ocf">${operation(node)}</lrm_resource>`;
  const expected = (node: string) =>
    expect.objectContaining({ resource: 'vm01', node, operation: 'stop', code: 0, changed: 7 });

  it('is read from one node and from several', async () => {
    expect(await ask({ stdout: resource('node1') }).history).toEqual([expected('node1')]);
    const stdout = `<xpath-query>${resource('node1')}${resource('node2')}</xpath-query>`;
    expect(await ask({ stdout }).history).toEqual([expected('node1'), expected('node2')]);
  });

  it('is empty when the resource was never anywhere', async () => {
    expect(await ask({ code: 105, stderr: 'No such device or address\n' }).history).toEqual([]);
  });

  it('is not guessed when the cluster does not answer', async () => {
    await expect(ask({ code: 124, stderr: 'Timer expired\n' }).history).rejects.toThrow('cibadmin: Timer expired');
  });

  it('is none where no cluster runs', async () => {
    expect(await ask({ code: 102, stderr: 'Not connected\n' }).history).toBeUndefined();
    expect(await ask({ outcome: 'missing' }).history).toBeUndefined();
  });

  it('is not asked for by an id that would be more than an id in XPath', async () => {
    const { history, calls } = ask({}, 'vm01"] | //nvpair["');
    expect(await history).toBeUndefined();
    expect(calls).toEqual([]);
  });
});
