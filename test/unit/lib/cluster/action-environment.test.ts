import { describe, expect, it } from 'vitest';
import { actionEnvironment, operationFor, timeoutOf } from '../../../../lib/cluster/action-environment.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';

const xml = `<cib crm_feature_set="3.16.1"><configuration>
  <nodes><node id="1" uname="node1"/><node id="2" uname="node2"/></nodes>
  <op_defaults><meta_attributes id="od"><nvpair id="od-t" name="timeout" value="45s"/><nvpair id="od-r" name="record-pending" value="true"/></meta_attributes></op_defaults>
  <resources>
    <primitive id="vm01" class="ocf" provider="virt" type="Xen">
      <instance_attributes id="i"><nvpair id="i-x" name="xmfile" value="/etc/xen/a b;$(c).cfg"/></instance_attributes>
      <operations><op id="m1" name="monitor" interval="2min" timeout="60s"><instance_attributes id="m1-i"><nvpair id="m1-l" name="OCF_CHECK_LEVEL" value="10"/></instance_attributes></op>
        <op id="m2" name="monitor" interval="10s" timeout="30s" on-fail="fence"/><op id="s" name="start" interval="0"/></operations></primitive>
    <clone id="all"><meta_attributes id="cm"><nvpair id="cm-n" name="clone-node-max" value="2"/></meta_attributes>
      <primitive id="c" class="ocf" provider="test" type="Env"/></clone>
  </resources></configuration><status/></cib>`;
const cib = await parseCib(xml);
const [vm01, clone] = cib.resources;
const [node] = cib.nodes;
if (vm01 === undefined || clone === undefined || node === undefined) throw new Error('not parsed');

describe('an action as Pacemaker would run it', () => {
  it('is the most frequent monitor, or the one of an interval however it is written', () => {
    expect(operationFor(vm01, 'monitor', { isProbe: false })?.id).toBe('m2');
    expect(operationFor(vm01, 'monitor', { isProbe: false, interval: '120s' })?.id).toBe('m1');
    expect(operationFor(vm01, 'monitor', { isProbe: true })).toBeUndefined();
    expect(() => operationFor(vm01, 'monitor', { isProbe: false, interval: '7s' })).toThrow('no operation monitor');
  });

  it('has its own timeout, else the default of operations, else that of Pacemaker', () => {
    expect(timeoutOf(cib, vm01, 'monitor')).toBe(30_000);
    expect(timeoutOf(cib, vm01, 'start')).toBe(45_000);
    expect(timeoutOf({ ...cib, operationDefaults: {} }, vm01, 'stop')).toBe(20_000);
  });

  it('gets parameters as they are, and the rest as OCF and Pacemaker name it', () => {
    const operation = operationFor(vm01, 'monitor', { isProbe: false, interval: '120s' });
    const planned = { resource: vm01, action: 'monitor', node, operation, timeoutMs: 60_000 };
    expect(actionEnvironment(cib, planned, '/usr/lib/ocf')).toEqual({
      OCF_ROOT: '/usr/lib/ocf',
      OCF_RA_VERSION_MAJOR: '1',
      OCF_RA_VERSION_MINOR: '1',
      OCF_EXIT_REASON_PREFIX: 'ocf-exit-reason:',
      OCF_RESOURCE_INSTANCE: 'vm01',
      OCF_RESOURCE_PROVIDER: 'virt',
      OCF_RESOURCE_TYPE: 'Xen',
      OCF_CHECK_LEVEL: '10',
      OCF_RESKEY_xmfile: '/etc/xen/a b;$(c).cfg',
      OCF_RESKEY_crm_feature_set: '3.16.1',
      OCF_RESKEY_CRM_meta_name: 'monitor',
      OCF_RESKEY_CRM_meta_interval: '120000',
      OCF_RESKEY_CRM_meta_timeout: '60000',
      OCF_RESKEY_CRM_meta_on_node: 'node1',
      OCF_RESKEY_CRM_meta_on_node_uuid: '1',
      OCF_RESKEY_CRM_meta_record_pending: 'true',
    });
  });

  it('of a migration knows both nodes; of a probe neither name nor interval', () => {
    const migration = { source: 'node1', target: 'node2' };
    const planned = { resource: vm01, node, operation: undefined, timeoutMs: 1 };
    const environment = actionEnvironment(cib, { ...planned, action: 'migrate_to', migration }, '/x');
    expect(environment).toMatchObject({
      OCF_RESKEY_CRM_meta_migrate_source: 'node1',
      OCF_RESKEY_CRM_meta_migrate_target: 'node2',
    });
    const probe = actionEnvironment(cib, { ...planned, action: 'monitor' }, '/x');
    expect(Object.keys(probe)).not.toContain('OCF_RESKEY_CRM_meta_name');
    expect(Object.keys(probe)).not.toContain('OCF_RESKEY_CRM_meta_interval');
  });

  it('of a clone knows its counts, but a probe of it does not', () => {
    const planned = { resource: clone, node, operation: undefined, timeoutMs: 1, instance: '1' };
    expect(actionEnvironment(cib, { ...planned, action: 'start' }, '/x')).toMatchObject({
      OCF_RESOURCE_INSTANCE: 'c:1',
      OCF_RESKEY_CRM_meta_clone: '1',
      OCF_RESKEY_CRM_meta_clone_max: '2',
      OCF_RESKEY_CRM_meta_clone_node_max: '2',
    });
    expect(actionEnvironment(cib, { ...planned, action: 'monitor' }, '/x')).not.toHaveProperty(
      'OCF_RESKEY_CRM_meta_clone',
    );
  });
});
