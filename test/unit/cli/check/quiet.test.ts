import { expect, it } from 'vitest';
import { checks } from '../../../../cli/check/checks.ts';
import type { ResourceStatus } from '../../../../lib/cluster/status.ts';
import { type Changes, clusterFacts, type NodeSurvey } from './healthy.ts';

const vm01 = ({ vmConfigs: [config] }: NodeSurvey) => {
  if (config?.kind !== 'read') throw new Error('vm01 has a configuration');
  return config;
};
const add = (element: string, into: string) => (xml: string) => xml.replace(into, `${element}${into}`);
const resource = (agent: string, id: string, parameters: Readonly<Record<string, string>>) => {
  const [agentClass, provider, type] = agent.split(':');
  const pairs = Object.entries(parameters).map(
    ([name, value]) => `<nvpair id="${id}-${name}" name="${name}" value="${value}"/>`,
  );
  const values = `<instance_attributes id="${id}-i">${pairs.join('')}</instance_attributes>`;
  return add(
    `<primitive id="${id}" class="${agentClass}" provider="${provider}" type="${type}">${values}</primitive>`,
    '</resources>',
  );
};
const runs = (id: string, nodes: readonly string[]): ResourceStatus => ({
  id,
  agent: '',
  role: 'Started',
  targetRole: undefined,
  active: true,
  managed: true,
  failed: false,
  pending: undefined,
  nodes,
});
const active =
  (...resources: ResourceStatus[]): NonNullable<Changes['facts']> =>
  (facts) => ({ ...facts, status: { ...facts.status, resources } });
const lacksDisk = (path: string) => (node: NodeSurvey) => {
  vm01(node).storage = [{ path, use: 'disk', state: 'absent' }];
};

const fine: readonly (readonly [string, Changes])[] = [
  [
    'a configuration that is missing where the VM may not run',
    {
      xml: add('<rsc_location id="l" rsc="vm01" node="node2" score="-INFINITY"/>', '</constraints>'),
      nodes: ({ node2 }) => {
        node2.vmConfigs[0] = { kind: 'unusable', file: '/etc/xen/cluster/vm01.cfg', why: 'No such file' };
      },
    },
  ],
  [
    'a disk on a file system that the cluster mounts where the VM runs',
    {
      xml: resource('ocf:heartbeat:Filesystem', 'fs', { directory: '/vms/' }),
      nodes: ({ node2 }) => lacksDisk('/vms/vm01.img')(node2),
      facts: active(runs('fs', ['node1'])),
    },
  ],
  [
    'a logical volume of a group that the cluster activates where the VM runs',
    {
      xml: resource('ocf:heartbeat:LVM-activate', 'lv', { vgname: 'my-vg', vg_access_mode: 'system_id' }),
      nodes: ({ node2, node3 }) => {
        lacksDisk('/dev/my-vg/disk')(node2);
        lacksDisk('/dev/mapper/my--vg-disk')(node3);
      },
      facts: active(runs('lv', ['node1'])),
    },
  ],
  [
    'a group without locks that the cluster gives to one node at a time',
    {
      xml: resource('ocf:heartbeat:LVM-activate', 'lv', { vgname: 'cluster_vg', vg_access_mode: 'system_id' }),
      nodes: (all) => {
        for (const { services } of Object.values(all)) if (services.lvm) services.lvm.sharedGroups = [];
      },
    },
  ],
  [
    'a disk that a script provides',
    {
      nodes: ({ node2 }) => {
        vm01(node2).storage = [{ path: 'iqn.2001-05.com.example:lun1', use: 'disk', state: 'foreign' }];
      },
    },
  ],
  [
    'settings of xendomains where it is not started',
    {
      nodes: ({ node1 }) => {
        Object.assign(node1.services.xendomains, { save: '/var/lib/xen/save', restore: true, enabled: 'disabled' });
      },
    },
  ],
  [
    'domains of libvirt that the cluster does not know',
    {
      nodes: ({ node1 }) => {
        node1.services.libvirt = { daemon: 'libvirtd', domains: ['desktop'], problem: undefined };
      },
    },
  ],
  [
    'an answer that took long, while the clock may be right',
    {
      nodes: ({ node1 }) => {
        node1.host.timeMs -= 5000;
      },
      facts: (facts) => {
        const time = facts.times.get('node1');
        const slow = { askedMs: (time?.askedMs ?? 0) - 9000, answeredMs: time?.answeredMs ?? 0 };
        return { ...facts, times: new Map([...facts.times, ['node1', slow]]) };
      },
    },
  ],
  [
    'large VMs over a network that was measured to be fast',
    {
      nodes: (all) => {
        for (const one of Object.values(all)) {
          one.host.hypervisor = { kind: 'xen', version: '4.17.7', totalMiB: 99_999, freeMiB: 0, dom0MiB: 0 };
          vm01(one).memoryMiB = 32 * 1024;
        }
      },
      facts: (facts) => ({ ...facts, measuredRate: 1000 }),
    },
  ],
  [
    'a constraint of a move of something that is no VM',
    { xml: add('<rsc_location id="cli-ban-fencing" rsc="fencing" node="node1" score="-INFINITY"/>', '</constraints>') },
  ],
  [
    'a lack of memory that one VM makes that is to stay down',
    {
      xml: (xml) =>
        xml.replace(
          '<meta_attributes id="vm01-m">',
          '<meta_attributes id="vm01-m"><nvpair id="s" name="target-role" value="Stopped"/>',
        ),
      nodes: (all) => {
        for (const one of Object.values(all)) vm01(one).memoryMiB = 7000;
      },
    },
  ],
];

it.each(fine)('%s is no finding', async (_, changes) => {
  const facts = await clusterFacts(changes);
  expect(checks.flatMap(({ id, find }) => find(facts).map(({ what }) => `${id}: ${what}`))).toEqual([]);
});

it('a node that is down is one finding, not one for each that cannot reach it', async () => {
  const facts = await clusterFacts({
    silent: { node3: 'No route to host' },
    nodes: ({ node1, node2 }) => {
      for (const one of [node1, node2]) Object.assign(one.ssh, { node3: 'No route', '10.0.1.3': 'No route' });
    },
    facts: (all) => ({
      ...all,
      status: {
        ...all.status,
        nodes: all.status.nodes.map((one) => ({ ...one, online: one.name !== 'node3' })),
      },
    }),
  });
  expect(checks.flatMap(({ id, find }) => find(facts).map(() => id))).toEqual(['silent-node']);
});

it('no memory is counted while only this node was asked', async () => {
  const facts = await clusterFacts({
    nodes: ({ node1 }) => {
      vm01(node1).memoryMiB = 90_000;
    },
    facts: (all) => ({ ...all, isComplete: false, measuredRate: 9999, answers: new Map([...all.answers].slice(0, 1)) }),
  });
  const found = checks.filter(({ id }) => id === 'memory').flatMap(({ find }) => find(facts));
  expect(found).toEqual([]);
});
