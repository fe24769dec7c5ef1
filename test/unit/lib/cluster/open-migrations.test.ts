import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type OperationRecord, readMigrations } from '../../../../lib/cluster/history.ts';
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
    return { calls: runner.calls, history: readMigrations(runner, resource, undefined, fromNow(5000, fakeClock())) };
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

  describe('is told by the cluster', () => {
    const node = (name: string, isIn: string, history: string) =>
      `<node_state id="${name}" uname="${name}" in_ccm="${isIn}" crmd="${isIn === 'false' ? 'offline' : 'online'}">${history}</node_state>`;
    const lrm = (...operations: string[]) =>
      `<lrm><lrm_resources><lrm_resource id="vm01">${operations.join('')}</lrm_resource><lrm_resource id="vm02"/></lrm_resources></lrm>`;
    const to = (name: string) => `<lrm_rsc_op operation="migrate_to" migrate_target="${name}"/>`;
    const stopped = '<lrm_rsc_op operation="stop"/>';
    const asked = async (cib: string, target: string | undefined) => {
      const runner = scriptedRunner(() => ({ code: 105 }));
      await readMigrations(runner, 'vm01', target, fromNow(5000, fakeClock()));
      const xpath = runner.calls.flat().at(-1) ?? '';
      const { status, stdout } = spawnSync('xmllint', ['--xpath', xpath, '-'], {
        input: `<cib><status>${cib}</status></cib>`,
        encoding: 'utf8',
      });
      // 10: the expression is right, and finds nothing.
      expect([0, 10]).toContain(status);
      return stdout.match(/<lrm_resource /g)?.length ?? 0;
    };

    it.each<[string, string, number]>([
      ['nothing where it never migrated', node('node1', 'true', lrm(stopped)), 0],
      [
        'of all nodes where a target is a member',
        node('node1', 'true', lrm(to('node2'))) + node('node2', 'true', lrm(stopped)),
        2,
      ],
      [
        'of all nodes where a target has left, and its history is kept',
        node('node1', 'true', lrm(to('node2'))) + node('node2', 'false', lrm()),
        2,
      ],
      [
        'nothing where every target was fenced, or has left without a trace',
        node('node1', 'true', lrm(to('node2'))) + node('node2', 'false', ''),
        0,
      ],
      [
        'where a target has come back, and told nothing yet',
        node('node1', 'true', lrm(to('node2'))) + node('node2', 'true', ''),
        1,
      ],
      ['where a target is no node any more', node('node1', 'true', lrm(to('node3'))), 1],
      [
        'where one of two targets is there',
        node('node1', 'true', lrm(to('node2'))) +
          node('node2', 'false', '') +
          node('node3', '1732250000', lrm(to('node1'))),
        2,
      ],
      [
        'where a target is there, beside a stale entry of its name',
        node('node1', 'true', lrm(to('node2'))) + node('node2', 'false', '') + node('node2', 'true', ''),
        1,
      ],
      [
        'nothing of a target that Pacemaker 2.1.7 calls gone',
        node('node1', '1732250000', lrm(to('node2'))) + node('node2', '0', ''),
        0,
      ],
    ])('%s', async (_, cib, found) => {
      expect(await asked(cib, undefined)).toBe(found);
    });

    it('only where a migration went to the node that is asked about', async () => {
      const cib = node('node1', 'true', lrm(to('node2'))) + node('node2', 'true', lrm(stopped));
      expect(await asked(cib, 'node2')).toBe(2);
      expect(await asked(cib, 'node1')).toBe(0);
    });

    it('of all migrations where the name of a node would be more than a name', async () => {
      expect(await asked(node('node1', 'true', lrm(to('node2'))), 'node2"]')).toBe(1);
    });
  });
});
