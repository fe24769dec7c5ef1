import { describe, expect, it } from 'vitest';
import { concernIn, tellOfFailure } from '../../../../lib/cluster/death-notice.ts';
import type { NodeStatus, ResourceStatus, Status } from '../../../../lib/cluster/status.ts';
import { fromNow } from '../../../../lib/system/clock.ts';
import { fakeClock } from '../../../support/fake-clock.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const node = (name: string, more: Partial<NodeStatus> = {}): NodeStatus => ({
  name,
  online: true,
  standby: false,
  maintenance: false,
  unclean: false,
  expectedUp: true,
  ...more,
});

const vm = (more: Partial<ResourceStatus> = {}): ResourceStatus => ({
  id: 'vm01',
  agent: 'ocf:virt:Xen',
  role: 'Started',
  targetRole: undefined,
  active: true,
  managed: true,
  failed: false,
  pending: undefined,
  nodes: ['node1'],
  ...more,
});

const status = (resources: ResourceStatus[], nodes = [node('node1'), node('node2')]): Status => ({
  quorum: true,
  dc: 'node2',
  nodes,
  resources,
  failures: [],
});

describe('a VM on node1', () => {
  it.each([
    ['runs here', 'is started there', vm()],
    ['runs here', 'is being monitored', vm({ pending: 'Monitoring' })],
    ['busy', 'is being stopped', vm({ pending: 'Stopping' })],
    ['busy', 'is migrating', vm({ nodes: ['node1', 'node2'] })],
    ['busy', 'is just being started', vm({ role: 'Stopped', nodes: [], pending: 'Starting' })],
    ['knows', 'runs on another node', vm({ nodes: ['node2'] })],
    ['knows', 'is stopped', vm({ role: 'Stopped', nodes: [] })],
    ['knows', 'has failed already', vm({ failed: true })],
    ['knows', 'is to be stopped', vm({ targetRole: 'Stopped' })],
    ['knows', 'is no resource any more', vm({ id: 'vm02' })],
    ['unmanaged', 'is not managed', vm({ managed: false })],
  ] as const)('%s to the cluster when it %s', (concern, _, resource) => {
    expect(concernIn(status([resource]), 'vm01', 'node1')).toBe(concern);
  });

  it('is left alone while its node is in maintenance', () => {
    expect(concernIn(status([vm()], [node('node1', { maintenance: true })]), 'vm01', 'node1')).toBe('unmanaged');
  });

  it('is unknown as long as its node is no member', () => {
    expect(concernIn(status([vm()], [node('node1', { online: false })]), 'vm01', 'node1')).toBe('unknown');
    expect(concernIn(status([vm()], []), 'vm01', 'node1')).toBe('unknown');
  });
});

it.each([
  [{}, undefined],
  [{ code: 105, stderr: "Resource 'vm01' not found\n" }, "Resource 'vm01' not found"],
  [{ outcome: 'timed-out' }, 'no answer in time'],
] as const)('a failure is told by crm_resource, which answers %j', async (answer, problem) => {
  const runner = scriptedRunner(() => answer);
  expect(await tellOfFailure('vm01', 'node1', runner, fromNow(1000, fakeClock()))).toBe(problem);
  expect(runner.calls).toEqual([['crm_resource', '--fail', '--resource', 'vm01', '--node', 'node1']]);
});
