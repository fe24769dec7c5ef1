import { expect, it } from 'vitest';
import { beliefs, surveyOptions, vmResources } from '../../../../cli/where/vm-resources.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';

const primitive = (id: string, provider: string, type: string, parameters: Readonly<Record<string, string>>) =>
  `<primitive id="${id}" class="ocf" provider="${provider}" type="${type}"><instance_attributes id="i-${id}">${Object.entries(
    parameters,
  )
    .map(([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`)
    .join('')}</instance_attributes></primitive>`;

const cib = () =>
  parseCib(
    `<cib><configuration><resources>${[
      primitive('named', 'virt', 'Xen', { xmfile: '/etc/xen/a.cfg', name: 'alpha' }),
      primitive('filed', 'heartbeat', 'Xen', { xmfile: '/etc/xen/b.cfg' }),
      primitive('bare', 'virt', 'Xen', { xmfile: '/etc/xen/c.cfg' }),
      primitive('server', 'virt', 'VMware', { vmxpath: '/vm/a b/a.vmx', user: 'root', password_file: '/etc/p' }),
      primitive('old', 'heartbeat', 'vmware', { vmxpath: '/vm/old.vmx' }),
      primitive('kvm', 'heartbeat', 'VirtualDomain', { config: '/etc/libvirt/k.xml' }),
      primitive('fs', 'heartbeat', 'Filesystem', { device: '/dev/sda' }),
    ].join('')}</resources></configuration></cib>`,
  );

const status = (id: string, role: string, ...nodes: string[]) => ({
  ...{ id, role, nodes, agent: '', targetRole: undefined, active: nodes.length > 0 },
  ...{ managed: true, failed: false, pending: undefined },
});

it('a resource knows its VM by the parameter, else by its file as a node has read it, else by its own id', async () => {
  const answers = [
    { names: { '/etc/xen/b.cfg': 'beta' }, realPaths: {} },
    { names: { '/etc/libvirt/k.xml': 'kilo' }, realPaths: { '/vm/a b/a.vmx': '/san/a.vmx' } },
  ];
  const found = beliefs(vmResources(await cib()), [status('filed:0', 'Started', 'n1')], answers);
  expect(found.map(({ resource, vm, role, nodes }) => [resource, vm, role, nodes.join()])).toEqual([
    ['named', 'alpha', 'Stopped', ''],
    ['filed', 'beta', 'Started', 'n1'],
    ['bare', 'bare', 'Stopped', ''],
    ['server', '/san/a.vmx', 'Stopped', ''],
    ['old', '/vm/old.vmx', 'Stopped', ''],
    ['kvm', 'kilo', 'Stopped', ''],
  ]);
});

it('nodes are asked for the names that no parameter says, and by the login of each resource', async () => {
  const all = await cib();
  expect(surveyOptions(all, vmResources(all))).toEqual({
    xlFiles: ['/etc/xen/b.cfg', '/etc/xen/c.cfg'],
    libvirtFiles: ['/etc/libvirt/k.xml'],
    vmxFiles: ['/vm/a b/a.vmx', '/vm/old.vmx'],
    vmware: [{ toolstack: 'auto', vmrun_type: 'ws', user: 'root', password_file: '/etc/p' }],
  });
});
