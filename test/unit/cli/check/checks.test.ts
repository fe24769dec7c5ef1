import { describe, expect, it } from 'vitest';
import type { ClusterFacts } from '../../../../cli/check/check.ts';
import { checks } from '../../../../cli/check/checks.ts';
import { type Changes, clusterFacts, type NodeSurvey } from './healthy.ts';

const find = (facts: ClusterFacts) =>
  checks.flatMap(({ id, find }) => find(facts).map((finding) => ({ check: id, ...finding })));

const replace = (from: string | RegExp, to: string) => (xml: string) => xml.replace(from, to);
const property = (name: string, value: string) =>
  replace('</cluster_property_set>', `<nvpair id="x" name="${name}" value="${value}"/></cluster_property_set>`);
const without = (name: string) => replace(new RegExp(`<nvpair [^>]*name="${name}"[^>]*/>`, 'g'), '');
const parameter = (name: string, value: string) =>
  replace(
    '</instance_attributes>\n<meta',
    `<nvpair id="p" name="${name}" value="${value}"/></instance_attributes>\n<meta`,
  );
const vm01 = ({ vmConfigs: [config] }: NodeSurvey) => {
  if (config?.kind !== 'read') throw new Error('vm01 has a configuration');
  return config;
};

/** Check, severity, what is spoiled, words that what was found must hold, words of the remedy. */
const firing: readonly (readonly [string, string, Changes, RegExp, RegExp])[] = [
  [
    'fencing',
    'problem',
    { xml: replace('"stonith-enabled" value="true"', '"stonith-enabled" value="false"') },
    /stonith-enabled=false/,
    /crm_attribute .*stonith-enabled --update true/,
  ],
  ['fencing', 'problem', { xml: replace(/<primitive id="fencing"[^>]*>/, '') }, /No device can fence/, /stonith_admin/],
  [
    'fence-race',
    'note',
    {
      xml: replace(/<node id="3"[\s\S]*?<\/node>/, ''),
      facts: (all) => ({ ...all, answers: new Map([...all.answers].slice(0, 2)) }),
    },
    /fencing, nor priority/,
    /pcmk_delay_max/,
  ],
  [
    'quorum',
    'problem',
    { xml: replace('value="stop"', 'value="ignore"') },
    /no-quorum-policy=ignore/,
    /no-quorum-policy --update stop/,
  ],
  [
    'quorum',
    'problem',
    { facts: (all) => ({ ...all, status: { ...all.status, quorum: false } }) },
    /no quorum/,
    /corosync-quorumtool/,
  ],
  [
    'maintenance',
    'warning',
    { xml: property('maintenance-mode', 'yes') },
    /maintenance-mode=yes/,
    /maintenance-mode --update false/,
  ],
  [
    'maintenance',
    'warning',
    { xml: replace('id="vm01-ma"', 'id="vm01-mx" name="is-managed" value="false"/><nvpair id="vm01-ma"') },
    /not manage vm01/,
    /--resource vm01 .*is-managed/,
  ],
  [
    'migration-limit',
    'note',
    {
      xml: (xml) =>
        without('migration-limit')(
          xml.replace(
            '</resources>',
            `${/<primitive id="vm02"[\s\S]*<\/primitive>/.exec(xml)?.[0].replaceAll('vm02', 'vm03')}</resources>`,
          ),
        ),
      nodes: (all) =>
        Object.values(all).forEach((one) => {
          one.vmConfigs.push({ ...structuredClone(vm01(one)), file: '/etc/xen/cluster/vm03.cfg', name: 'vm03' });
        }),
    },
    /3 VMs migrate live/,
    /migration-limit --update 2/,
  ],
  [
    'utilization',
    'problem',
    { xml: replace('<nvpair id="n2-um" name="hv_memory" value="3000"/>', '') },
    /node2 has not the capacity "hv_memory"/,
    /--utilization --node node2 --name hv_memory/,
  ],
  [
    'utilization',
    'problem',
    { xml: parameter('autoset_utilization_cpu', 'true') },
    /No node has the capacity "cpu"/,
    /node1 --name cpu/,
  ],
  [
    'utilization',
    'note',
    { xml: replace('"balanced"', '"default"') },
    /does not count memory/,
    /placement-strategy --update balanced/,
  ],
  [
    'silent-node',
    'problem',
    { silent: { node3: 'no answer within 10 s' } },
    /node3 does not answer.*no answer within 10 s/s,
    /ssh node3/,
  ],
  [
    'silent-node',
    'problem',
    {
      nodes: ({ node2 }) => {
        node2.host.hypervisor = { kind: 'silent', problem: 'xl info: no answer in time' };
      },
    },
    /hypervisor of node2.*xl info: no answer/s,
    /ssh node2 xl info/,
  ],
  [
    'silent-node',
    'warning',
    {
      facts: (all) => ({
        ...all,
        answers: new Map(
          [...all.answers].map(([name, answer]) => [
            name,
            name === 'node2' && answer.kind === 'answered'
              ? { ...answer, facts: { ...answer.facts, network: { problem: 'knows no section network' } } }
              : answer,
          ]),
        ),
      }),
    },
    /network: knows no section/,
    /same ocf-virt/,
  ],
  [
    'hypervisor',
    'problem',
    {
      nodes: ({ node2 }) => {
        node2.host.hypervisor = { kind: 'none' };
      },
    },
    /node2 has no Xen/,
    /--ban --resource vm01 --node node2/,
  ],
  [
    'hypervisor',
    'warning',
    {
      nodes: ({ node2 }) => {
        node2.host.hypervisor = { kind: 'xen', version: '4.14', totalMiB: 4096, freeMiB: 0, dom0MiB: 900 };
      },
    },
    /Xen 4.14: node2.*Xen 4.17.7: node1, node3/s,
    /same version/,
  ],
  [
    'agents',
    'problem',
    {
      nodes: ({ node3 }) => {
        node3.host.agents = {};
      },
    },
    /ocf:virt:Xen is not installed on node3/,
    /install/,
  ],
  [
    'agents',
    'warning',
    {
      nodes: ({ node3 }) => {
        node3.host.agents = { Xen: '0.9' };
      },
    },
    /0.9: node3.*1.0.0: node1, node2/s,
    /same version/,
  ],
  [
    'agents',
    'problem',
    {
      nodes: ({ node3 }) => {
        node3.host.agents = { Xen: 'does not run: Exec format error' };
      },
    },
    /Exec format error: node3/,
    /same version/,
  ],
  [
    'ssh',
    'problem',
    {
      nodes: ({ node2 }) => {
        node2.ssh['10.0.1.3'] = 'Host key verification failed.';
      },
    },
    /node2 -> 10.0.1.3 \(node3\): Host key verification failed/,
    /ssh -t node2 ssh 10.0.1.3 true/,
  ],
  [
    'clocks',
    'warning',
    {
      nodes: ({ node2 }) => {
        node2.host.timeMs += 60_000;
      },
    },
    /node2 is at least 59 s ahead of node[13]/,
    /chronyc/,
  ],
  [
    'clocks',
    'warning',
    {
      nodes: ({ node2 }) => {
        node2.host.timeMs -= 60_000;
      },
    },
    /at least 59 s ahead of node2/,
    /chronyc/,
  ],
  [
    'cpu',
    'warning',
    {
      nodes: ({ node2 }) => {
        node2.host.cpu.family = 25;
        node2.host.cpu.vendor = 'AuthenticAMD';
      },
    },
    /AuthenticAMD family 25: node2/,
    /xl.cfg/,
  ],
  [
    'cpu',
    'warning',
    {
      nodes: ({ node2 }) => {
        node2.host.cpu.flags = ['aes'];
      },
    },
    /node2 lacks avx/,
    /cpuid/,
  ],
  [
    'xendomains',
    'problem',
    {
      nodes: ({ node1 }) => {
        node1.services.xendomains.save = '/var/lib/xen/save';
      },
    },
    /node1.*XENDOMAINS_SAVE=\/var\/lib\/xen\/save/s,
    /ssh node1 sed -i.*XENDOMAINS_SAVE=.*default\/xendomains/,
  ],
  [
    'xendomains',
    'problem',
    {
      nodes: ({ node1 }) => {
        node1.services.xendomains.restore = true;
      },
    },
    /XENDOMAINS_RESTORE=true/,
    /XENDOMAINS_RESTORE=false/,
  ],
  [
    'xendomains',
    'problem',
    {
      nodes: ({ node1 }) => {
        node1.services.xendomains.auto = ['/etc/xen/cluster/vm02.cfg'];
      },
    },
    /XENDOMAINS_AUTO holds \/etc\/xen\/cluster\/vm02.cfg/,
    /\/etc\/xen\/auto/,
  ],
  [
    'libvirt',
    'problem',
    {
      nodes: ({ node1 }) => {
        node1.services.libvirt = { daemon: 'libvirtd', domains: ['other', 'vm02'], problem: undefined };
      },
    },
    /both manage vm02/,
    /undefine vm02/,
  ],
  [
    'libvirt',
    'note',
    {
      nodes: ({ node1 }) => {
        node1.services.libvirt = { daemon: 'virtxend', domains: [], problem: 'virsh list: no answer in time' };
      },
    },
    /virtxend: virsh list/,
    /virsh/,
  ],
  [
    'lvm',
    'warning',
    {
      nodes: (all) =>
        Object.values(all).forEach(({ services }) => {
          if (services.lvm) services.lvm.sharedGroups = [];
        }),
    },
    /3 nodes see the volume group cluster_vg.*not shared: on node1, node2, node3/s,
    /vgchange --lock-type dlm cluster_vg/,
  ],
  [
    'lvm',
    'warning',
    {
      nodes: ({ node2: { services } }) => {
        if (services.lvm) services.lvm.runsLvmlockd = false;
      },
    },
    /neither lvmlockd nor clvmd runs on node2/,
    /lvmlockd/,
  ],
  [
    'lvm',
    'warning',
    {
      nodes: ({ node2: { services } }) => {
        if (services.lvm) Object.assign(services.lvm, { runsClvmd: true, settings: { use_lvmetad: '1' } });
      },
    },
    /use_lvmetad=1 beside clvmd on node2/,
    /use_lvmetad=0/,
  ],
  [
    'memory',
    'problem',
    {
      nodes: (all) =>
        Object.values(all).forEach((one) => {
          vm01(one).memoryMiB = 4000;
        }),
    },
    /When node1 fails.*without a place: vm01 \(4000 MiB\)/s,
    /ocf-virt capacity --fail node1/,
  ],
  [
    'same-vm',
    'problem',
    { xml: replace('/etc/xen/cluster/vm02.cfg', '/etc/xen/cluster/vm01.cfg') },
    /vm01 and vm02 are one VM.*same configuration file/,
    /vm02/,
  ],
  ['same-vm', 'problem', { xml: parameter('name', 'vm02') }, /same domain name/, /vm02/],
  [
    'old-agent',
    'warning',
    { xml: replace('provider="virt"', 'provider="heartbeat"') },
    /ocf:heartbeat:Xen/,
    /ocf-virt adopt vm01/,
  ],
  [
    'vm-config',
    'problem',
    {
      nodes: ({ node2 }) => {
        node2.vmConfigs[0] = { kind: 'unusable', file: '/etc/xen/cluster/vm01.cfg', why: 'No such file or directory' };
      },
    },
    /vm01 cannot start on node2.*No such file/s,
    /ssh node1 scp -p \/etc\/xen\/cluster\/vm01.cfg node2:/,
  ],
  [
    'vm-config',
    'problem',
    {
      nodes: ({ node2 }) => {
        vm01(node2).digest = 'f'.repeat(64);
      },
    },
    /is ffffffffffff on node2/,
    /scp .* node2:/,
  ],
  [
    'vm-storage',
    'problem',
    {
      nodes: ({ node2 }) => {
        vm01(node2).storage = [{ path: '/dev/cluster_vg/vm01-disk', use: 'disk', state: 'absent' }];
      },
    },
    /node2: disk \/dev\/cluster_vg\/vm01-disk is not there/,
    /connect or mount/,
  ],
  [
    'vm-storage',
    'problem',
    {
      nodes: ({ node2 }) => {
        vm01(node2).storage = [{ path: '/dev/cluster_vg/vm01-disk', use: 'disk', state: 'inactive' }];
      },
    },
    /not active/,
    /ssh node2 lvchange --activate y \/dev\/cluster_vg\/vm01-disk/,
  ],
  [
    'vm-storage',
    'problem',
    {
      nodes: ({ node2 }) => {
        vm01(node2).storage = [{ path: '/nfs/a.img', use: 'disk', state: 'unanswered' }];
      },
    },
    /\/nfs\/a.img does not answer/,
    /connect/,
  ],
  [
    'vm-bridges',
    'problem',
    {
      nodes: ({ node3 }) => {
        vm01(node3).bridges = [{ name: 'xbr2097', present: false }];
      },
    },
    /node3 has no network xbr2097, which vm01 needs/,
    /ssh node3 ip link add xbr2097/,
  ],
  [
    'migration-address',
    'problem',
    { xml: replace('<nvpair id="n2-a" name="ip_livemigration" value="10.0.1.2"/>', '') },
    /No VM can migrate to node2.*\(not set\)/s,
    /--node node2 --name ip_livemigration/,
  ],
  [
    'migration-address',
    'problem',
    { xml: replace('value="10.0.1.2"', 'value="-oProxyCommand=x"') },
    /no address/,
    /--node node2/,
  ],
  [
    'migration-address',
    'warning',
    { xml: replace(/<nvpair id="vm01-a"[^>]*>/, '') },
    /not set for vm01/,
    /node_ip_attribute --parameter-value ip_livemigration/,
  ],
  [
    'migration-address',
    'note',
    { xml: replace(/<nvpair id="vm01-ma"[^>]*>/, '') },
    /shut down and started anew.*vm01/s,
    /--resource vm01 .*allow-migrate/,
  ],
  [
    'migration-timeout',
    'warning',
    {
      nodes: (all) =>
        Object.values(all).forEach((one) => {
          one.host.hypervisor = { kind: 'xen', version: '4.17.7', totalMiB: 99_999, freeMiB: 0, dom0MiB: 0 };
          vm01(one).memoryMiB = 32 * 1024;
        }),
      xml: replace(
        'id="vm01-start" name="start" interval="0" timeout="90s"',
        'id="vm01-start" name="start" interval="0" timeout="9000s"',
      ),
    },
    /32768 MiB at 30 MiB\/s.*1000 Mbit\/s.*timeout of migrate_to: 600 s/s,
    /<op id="vm01-to" timeout="\d{4}s"\/>/,
  ],
  [
    'start-timeout',
    'warning',
    {
      xml: replace(
        'id="vm01-start" name="start" interval="0" timeout="90s"',
        'id="vm01-start" name="start" interval="0" timeout="3s"',
      ),
    },
    /vm01 may fail to start.*timeout of start: 3 s/s,
    /<op id="vm01-start" timeout="90s"\/>/,
  ],
  [
    'deadlines',
    'problem',
    { xml: parameter('shutdown_timeout', '90') },
    /shutdown_timeout=90 s, timeout of stop 90 s/,
    /<op id="vm01-stop" timeout="135s"\/>/,
  ],
  [
    'deadlines',
    'problem',
    { xml: parameter('migration_timeout', '600') },
    /migration_timeout=600 s, timeout of migrate_to 600 s/,
    /vm01-to/,
  ],
  [
    'monitor',
    'problem',
    { xml: replace(/<op id="vm01-monitor"[^>]*>/, '') },
    /vm01 is not monitored/,
    /cibadmin --modify --xml-text <primitive id="vm01"><operations><op .*name="monitor"/,
  ],
  [
    'monitor',
    'problem',
    { xml: replace('id="vm01-monitor"', 'id="vm01-monitor" enabled="false"') },
    /enabled=false/,
    /<op id="vm01-monitor" enabled="true"\/>/,
  ],
  [
    'on-fail',
    'problem',
    { xml: replace('id="vm01-stop"', 'id="vm01-stop" on-fail="ignore"') },
    /failed stop of vm01 counts as done/,
    /on-fail="fence"/,
  ],
  [
    'on-fail',
    'warning',
    { xml: replace('id="vm01-stop"', 'id="vm01-stop" on-fail="block"') },
    /stays where it is/,
    /on-fail="fence"/,
  ],
  [
    'on-fail',
    'problem',
    { xml: replace('id="vm01-monitor"', 'id="vm01-monitor" on-fail="ignore"') },
    /failed monitor of vm01/,
    /on-fail="restart"/,
  ],
  [
    'stickiness',
    'warning',
    { xml: without('resource-stickiness') },
    /0 for vm01, vm02/,
    /rsc_defaults --name resource-stickiness --update 100/,
  ],
  [
    'multiple-active',
    'note',
    { xml: replace(/<nvpair id="vm01-mm"[^>]*>/, '') },
    /for vm01$/,
    /multiple-active --parameter-value stop_unexpected/,
  ],
  [
    'left-over-move',
    'warning',
    {
      xml: replace(
        '<constraints>',
        '<constraints><rsc_location id="cli-ban-vm01-on-node1" rsc="vm01" node="node1" score="-INFINITY"/>',
      ),
    },
    /cli-ban-vm01-on-node1: node node1, score -INFINITY/,
    /crm_resource --resource vm01 --clear/,
  ],
];

describe('a cluster in which nothing is wrong', () => {
  it('has no finding', async () => {
    expect(find(await clusterFacts())).toEqual([]);
  });
});

describe('a cluster in which one thing is wrong', () => {
  it.each(firing)('has exactly that finding: %s (%s) %#', async (check, severity, changes, seen, remedy) => {
    const findings = find(await clusterFacts(changes));
    expect(findings.map((one) => `${one.check} ${one.severity}`)).toContain(`${check} ${severity}`);
    // A lack of memory is the one thing that shows in two places.
    expect(new Set(findings.map((one) => one.check))).toEqual(new Set([check]));
    const one = findings.find((finding) => finding.severity === severity);
    expect([one?.what, ...(one?.evidence ?? [])].join('\n')).toMatch(seen);
    expect(one?.remedy.map((step) => (typeof step === 'string' ? step : step.join(' '))).join('\n')).toMatch(remedy);
  });

  it('every check was made to fire', () => {
    expect([...new Set(firing.map(([check]) => check))].sort()).toEqual(checks.map(({ id }) => id).sort());
  });
});
