import { describe, expect, it } from 'vitest';
import { adoptions, difference, exchange, hold, lookAgain, release } from '../../../../cli/adopt/plan.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import type { OperationRecord } from '../../../../lib/cluster/history.ts';
import { parseStatus } from '../../../../lib/cluster/status.ts';

const primitive = (id: string, provider: string, type: string, meta = '') =>
  `<primitive id="${id}" class="ocf" provider="${provider}" type="${type}">
  <meta_attributes id="m-${id}">${meta}</meta_attributes></primitive>`;
const maintained = '<nvpair id="x" name="maintenance" value="false"/>';
const cib = await parseCib(`<cib><configuration><nodes/><resources>
  ${primitive('xen', 'heartbeat', 'Xen')}${primitive('vmware', 'heartbeat', 'vmware')}
  ${primitive('ours', 'virt', 'Xen')}${primitive('kvm', 'heartbeat', 'VirtualDomain')}
  ${primitive('fs', 'heartbeat', 'Filesystem')}${primitive('held', 'heartbeat', 'Xen', maintained)}
  ${['unmanaged', 'broken', 'moving'].map((id) => primitive(id, 'heartbeat', 'Xen')).join('')}
  <clone id="cl">${primitive('cloned', 'heartbeat', 'Xen')}</clone></resources></configuration></cib>`);

const resource = (id: string, { agent = 'ocf:heartbeat:Xen', role = 'Started', node = 'node1', more = '' } = {}) =>
  `<resource id="${id}" resource_agent="${agent}" role="${role}" active="${role !== 'Stopped'}" managed="true" ${more}>${
    node === '' ? '' : `<node name="${node}"/>`
  }</resource>`;
const statusOf = (resources: string, failures = '') =>
  parseStatus(`<pacemaker-result><nodes><node name="node1" online="true"/><node name="node2" online="true"/>
    <node name="node3" online="false"/></nodes><resources>${resources}</resources>${failures}</pacemaker-result>`);
const status = await statusOf(
  [
    ...['xen', 'vmware', 'ours'].map((id) => resource(id)),
    resource('unmanaged').replace('managed="true"', 'managed="false"'),
    resource('broken', { more: 'failed="true"' }),
    resource('moving', { more: 'pending="Migrating"' }),
  ].join(''),
);

describe('what is adopted', () => {
  it('gets the agent of its hypervisor, and back with undo', () => {
    expect(adoptions(['xen', 'vmware', 'xen'], false, cib, status)).toEqual([
      { id: 'xen', from: 'ocf:heartbeat:Xen', to: 'ocf:virt:Xen', role: 'Started', nodes: ['node1'] },
      { id: 'vmware', from: 'ocf:heartbeat:vmware', to: 'ocf:virt:VMware', role: 'Started', nodes: ['node1'] },
    ]);
    expect(adoptions(['ours'], true, cib, status)).toMatchObject([{ from: 'ocf:virt:Xen', to: 'ocf:heartbeat:Xen' }]);
  });

  it.each([
    ['nobody', 'the cluster has no resource "nobody"'],
    ['ours', 'ours is of ocf:virt:Xen already'],
    ['kvm', 'kvm is of ocf:heartbeat:VirtualDomain'],
    ['fs', 'fs is of ocf:heartbeat:Filesystem'],
    ['cloned', 'cloned is a clone'],
    ['held', 'the cluster does not manage held now'],
    ['unmanaged', 'the cluster does not manage unmanaged now'],
    ['broken', 'broken has failed'],
    ['moving', 'moving is busy (Migrating)'],
  ])('is never %s, also beside others', (id, message) => {
    expect(() => adoptions(['xen', id], false, cib, status)).toThrow(message);
  });

  it('is held, changed in its agent alone, looked for, and released', () => {
    const [adoption] = adoptions(['xen'], false, cib, status);
    if (adoption === undefined) throw new Error('nothing is adopted');
    expect([hold, exchange, lookAgain, release].map((step) => step(adoption).command.join(' '))).toEqual([
      'crm_resource --resource xen --meta --set-parameter maintenance --parameter-value true',
      'cibadmin --modify --xml-text <primitive id="xen" class="ocf" provider="virt" type="Xen"/>',
      'crm_resource --refresh --resource xen',
      'crm_resource --resource xen --meta --delete-parameter maintenance',
    ]);
  });
});

describe('what was adopted differs', () => {
  const adoption = { id: 'xen', from: 'ocf:heartbeat:Xen', to: 'ocf:virt:Xen', role: 'Started', nodes: ['node1'] };
  const probe = (node: string): OperationRecord => ({
    ...{ resource: 'xen', node, operation: 'monitor', key: 'xen_monitor_0', code: 0, pending: false, isLost: false },
    ...{ reason: '', changed: 0, target: undefined, transition: node },
  });
  const probes = ['node1', 'node2'].map(probe);
  const agent = 'ocf:virt:Xen';

  it('not, when the new agent found it where it was, on every node that is online', async () => {
    expect(difference(adoption, await statusOf(resource('xen', { agent })), probes)).toBeUndefined();
  });

  it('when a node has not looked for it yet', async () => {
    const now = await statusOf(resource('xen', { agent }));
    expect(difference(adoption, now, [probe('node1')])).toBe('xen was not looked for on node2 yet');
    const others = probes.map((one) => ({ ...one, resource: 'other' }));
    expect(difference(adoption, now, others)).toBe('xen was not looked for on node1, node2 yet');
  });

  it.each([
    ['elsewhere', { agent, node: 'node2' }, 'xen was Started on node1, and is Started on node2'],
    ['nowhere', { agent, role: 'Stopped', node: '' }, 'xen was Started on node1, and is Stopped'],
  ])('when it is %s', async (_, now, text) => {
    expect(difference(adoption, await statusOf(resource('xen', now)), probes)).toBe(text);
  });

  it('when its probe failed', async () => {
    const failures =
      '<failures><failure op_key="xen_monitor_0" node="node2" exitstatus="not installed" exitcode="5" exitreason="xl is not installed"/></failures>';
    const now = await statusOf(resource('xen', { agent }), failures);
    expect(difference(adoption, now, probes)).toBe('xen: xen_monitor_0 on node2: xl is not installed');
  });
});
