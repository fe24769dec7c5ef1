import { describe, expect, it } from 'vitest';
import { judge, type Known, overlapId } from './audit.ts';
import type { Sight } from './sight.ts';

const nodes = ['node1', 'node2', 'node3'];
const known: Known = { files: { 'configs/vm01.cfg': '1' }, reported: new Set() };

/** A VM as the cluster says it, on node1. */
const believed = {
  id: 'vm01',
  agent: 'ocf:virt:Xen',
  role: 'Started',
  targetRole: 'started',
  active: true,
  managed: true,
  failed: false,
  pending: undefined,
  nodes: ['node1'],
};

const cluster = {
  online: nodes,
  quorum: true,
  idle: true,
  standby: [],
  failures: [],
  constraints: [],
  differences: [],
};

/** A cluster that is well. */
const well: Sight = {
  overlaps: [],
  vms: [{ name: 'vm01', copies: ['node1/3'], believed }],
  cluster,
  programs: [],
  files: known.files,
  reasons: [],
};

const withVm = (vm: Partial<Sight['vms'][number]>): Sight => ({
  ...well,
  vms: [{ name: 'vm01', copies: ['node1/3'], believed, ...vm }],
});
const withCluster = (view: Partial<typeof cluster> | object): Sight => ({ ...well, cluster: { ...cluster, ...view } });
const reason = (text: string): Sight => ({
  ...well,
  reasons: [`node1 Nov 21 pacemaker-execd notice: vm01_stop_0[17] error output [ ocf-exit-reason:${text} ]`],
});
const failure = { operation: 'vm01_stop_0', node: 'node1', code: 1, status: 'complete', reason: '' };
/** A migration that failed; Pacemaker does not show its reason. */
const migration = { ...failure, operation: 'vm01_migrate_to_0' };
const saidOf = (operation: string) =>
  reason('vm01 goes on running here. Try it: ssh node2').reasons.map((line) => line.replace('vm01_stop_0', operation));
const overlap = { name: 'vm01', from: 1000, to: 1500, copies: ['node1/3', 'node2/1'] };

it('a cluster that is well violates nothing', () => {
  expect(judge(well, nodes, known)).toEqual([]);
});

it.each<[string, Sight, string, RegExp]>([
  ['a VM has run twice', { ...well, overlaps: [overlap] }, 'a', /vm01 runs twice: node1\/3 and node2\/1.*for 500 ms/],
  ['a VM runs twice', withVm({ copies: ['node1/3', 'node2/1'] }), 'a', /vm01 runs twice now/],
  [
    'a VM is down',
    withVm({ copies: [], believed: { ...believed, nodes: [], role: 'Stopped' } }),
    'b',
    /vm01 does not run$/,
  ],
  ['a VM is called running and is dead', withVm({ copies: [] }), 'b', /does not run, and the cluster says .* node1/],
  ['a VM runs elsewhere', withVm({ copies: ['node2/1'] }), 'b', /vm01 runs on node2, and the cluster says.* node1/],
  ['a VM is not managed', withVm({ believed: { ...believed, managed: false } }), 'b', /not managed/],
  ['a node is missing', withCluster({ online: ['node1', 'node2'] }), 'b', /not online: node3/],
  ['nobody answers', { ...well, cluster: undefined }, 'b', /no node says/],
  ['a file has changed', { ...well, files: { 'configs/vm01.cfg': '2' } }, 'c', /configs\/vm01.cfg has changed/],
  ['a file is gone', { ...well, files: {} }, 'c', /configs\/vm01.cfg is gone/],
  ['a file was left', { ...well, files: { ...known.files, 'node1:/tmp/x': '1' } }, 'e', /node1:\/tmp\/x is left/],
  ['a failure says no reason', withCluster({ failures: [failure] }), 'd', /vm01_stop_0 on node1 failed with 1/],
  [
    'a migration says no reason',
    withCluster({ failures: [migration] }),
    'd',
    /vm01_migrate_to_0 on node1 failed with 1/,
  ],
  [
    'a migration says no reason, but another action does',
    { ...withCluster({ failures: [migration] }), reasons: saidOf('vm01_stop_0') },
    'd',
    /vm01_migrate_to_0 on node1 failed with 1/,
  ],
  ['a reason does not name its VM', reason('It broke. Run: xl list'), 'd', /does not name the VM/],
  ['a reason does not say what to do', reason('vm01 is broken'), 'd', /has no remedy: vm01 is broken/],
  ['a constraint was left', withCluster({ constraints: ['cli-ban-vm01'] }), 'e', /constraint cli-ban-vm01/],
  ['a program was left', { ...well, programs: ['node2 99 xl migrate'] }, 'e', /a program is left: node2 99/],
])('that %s is a violation', (_, sight, invariant, text) => {
  expect(judge(sight, nodes, known)).toEqual([
    expect.objectContaining({ invariant, text: expect.stringMatching(text) }),
  ]);
});

describe('what is no violation', () => {
  it.each<[string, Sight]>([
    ['a failure that Pacemaker ended', withCluster({ failures: [{ ...failure, status: 'Timed Out' }] })],
    [
      'a migration whose reason is in the log',
      { ...withCluster({ failures: [migration] }), reasons: saidOf('vm01_migrate_to_0') },
    ],
    ['a VM that was found dead', withCluster({ failures: [{ ...failure, operation: 'vm01_monitor_8000', code: 7 }] })],
    ['a failure of something else', withCluster({ failures: [{ ...failure, operation: 'extra_start_0' }] })],
    ['a reason that says what to do', reason('vm01 cannot be stopped. Look: xl list')],
  ])('%s', (_, sight) => {
    expect(judge(sight, nodes, known)).toEqual([]);
  });

  it('what was reported before', () => {
    const sight = { ...reason('vm01 is broken'), overlaps: [overlap] };
    const reported = new Set([...sight.reasons, overlapId(overlap)]);
    expect(judge(sight, nodes, { ...known, reported })).toEqual([]);
  });
});
