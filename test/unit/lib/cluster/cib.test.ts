import { describe, expect, it } from 'vitest';
import { parseCib, parseInterval, readCib } from '../../../../lib/cluster/cib.ts';
import { deadlineAt } from '../../../../lib/ocf/deadline.ts';
import { scriptedRunner } from '../../../support/scripted-runner.ts';

const soon = deadlineAt(1e9, () => 0);
const pair = (name: string, value: string) => `<nvpair id="${name}-${value}" name="${name}" value="${value}"/>`;
const cib = (parts: { config?: string; nodes?: string; resources?: string; constraints?: string; status?: string }) =>
  `<cib><configuration><crm_config>${parts.config ?? ''}</crm_config><nodes>${parts.nodes ?? ''}</nodes>
   <resources>${parts.resources ?? ''}</resources><constraints>${parts.constraints ?? ''}</constraints></configuration>
   <status>${parts.status ?? ''}</status></cib>`;

describe('the configuration of a cluster', () => {
  it('has the properties, of two sets those of the higher score', async () => {
    const config = `<cluster_property_set id="a">${pair('stonith-enabled', 'false')}${pair('dc-deadtime', '2s')}</cluster_property_set>
      <cluster_property_set id="b" score="5">${pair('stonith-enabled', 'true')}</cluster_property_set>`;
    expect((await parseCib(cib({ config }))).properties).toEqual({ 'stonith-enabled': 'true', 'dc-deadtime': '2s' });
  });

  it('has the nodes with permanent and transient attributes apart', async () => {
    const nodes = `<node id="1" uname="node1"><instance_attributes id="n1">${pair('ip_livemigration', '10.0.0.1')}</instance_attributes>
        <utilization id="u1">${pair('hv_memory', '4096')}</utilization></node><node id="p" uname="gw" type="ping"/>`;
    const status = `<node_state id="1" uname="node1"><transient_attributes id="1"><instance_attributes id="s1">${pair('pingd', '100')}
        </instance_attributes></transient_attributes></node_state>`;
    expect((await parseCib(cib({ nodes, status }))).nodes).toEqual([
      {
        id: '1',
        name: 'node1',
        type: 'member',
        attributes: { ip_livemigration: '10.0.0.1' },
        utilization: { hv_memory: '4096' },
        transient: { pingd: '100' },
      },
      { id: 'p', name: 'gw', type: 'ping', attributes: {}, utilization: {}, transient: {} },
    ]);
  });

  it('has every primitive with what is around it, and a template merged in', async () => {
    const resources = `<template id="vm" class="ocf" provider="virt" type="Xen"><instance_attributes id="t">${pair('shutdown_timeout', '60')}${pair('xmfile', 'none')}</instance_attributes>
        <operations><op id="t-mon" name="monitor" interval="10s" timeout="30s"/></operations></template>
      <primitive id="vm01" template="vm"><instance_attributes id="i">${pair('xmfile', '/etc/xen/vm01.cfg')}</instance_attributes></primitive>
      <clone id="all"><group id="g"><primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem">
        <meta_attributes id="m">${pair('target-role', 'Stopped')}</meta_attributes></primitive></group></clone>
      <primitive id="fence" class="stonith" type="fence_ipmilan"/>`;
    const [vm01, fence, fs] = (await parseCib(cib({ resources }))).resources;
    expect(vm01).toMatchObject({
      id: 'vm01',
      agent: 'ocf:virt:Xen',
      parameters: { shutdown_timeout: '60', xmfile: '/etc/xen/vm01.cfg' },
      operations: [{ name: 'monitor', interval: '10s', timeout: '30s' }],
      within: [],
      isClone: false,
    });
    expect(fence).toMatchObject({ id: 'fence', agent: 'stonith:fence_ipmilan' });
    expect(fs).toMatchObject({ id: 'fs', meta: { 'target-role': 'Stopped' }, within: ['all', 'g'], isClone: true });
  });

  it('follows references to sets, and leaves out what a rule makes conditional', async () => {
    const resources = `<primitive id="a" class="ocf" provider="virt" type="Xen"><instance_attributes id="shared">${pair('name', 'one')}</instance_attributes></primitive>
      <primitive id="b" class="ocf" provider="virt" type="Xen"><instance_attributes id-ref="shared"/>
        <instance_attributes id="night"><rule id="r"><date_expression id="d"/></rule>${pair('name', 'two')}</instance_attributes></primitive>`;
    expect((await parseCib(cib({ resources }))).resources.map(({ parameters }) => parameters)).toEqual([
      { name: 'one' },
      { name: 'one' },
    ]);
  });

  it('has the constraints, with the resources and the rules that they are made of', async () => {
    const constraints = `<rsc_location id="l" rsc="vm01" node="node2" score="INFINITY"/>
      <rsc_location id="p" rsc="vm01"><rule id="r" score="-INFINITY"><expression id="e" attribute="pingd" operation="lt" value="100"/></rule></rsc_location>
      <rsc_order id="o"><resource_set id="s"><resource_ref id="fs"/><resource_ref id="vm01"/></resource_set></rsc_order>
      <rsc_colocation id="c" rsc="vm01" with-rsc="fs"/>`;
    const found = (await parseCib(cib({ constraints }))).constraints;
    expect(found.map(({ kind, id, resources }) => [kind, id, ...resources])).toEqual([
      ['location', 'l', 'vm01'],
      ['location', 'p', 'vm01'],
      ['colocation', 'c', 'vm01', 'fs'],
      ['order', 'o', 'fs', 'vm01'],
    ]);
    expect(found[1]?.expressions).toMatchObject([{ attribute: 'pingd', operation: 'lt', value: '100' }]);
  });

  it('that is empty has nothing in it', async () => {
    const { resources, nodes, constraints, properties } = await parseCib('<cib/>');
    expect([resources, nodes, constraints, properties]).toEqual([[], [], [], {}]);
  });

  it('of a cluster that is down says so', async () => {
    const runner = scriptedRunner(() => ({ code: 102, stderr: 'cibadmin: Could not connect: Transport endpoint\n' }));
    await expect(readCib(runner, soon)).rejects.toThrow('cibadmin: Could not connect: Transport endpoint');
  });
});

it.each([
  ['10', 10_000],
  ['10s', 10_000],
  ['500ms', 500],
  ['2min', 120_000],
  [' 1h ', 3_600_000],
  ['0', 0],
  ['soon', undefined],
  ['-5s', undefined],
  ['', undefined],
])('the interval "%s" is %s ms', (text, ms) => {
  expect(parseInterval(text)).toBe(ms);
});
