import type { ClusterFacts } from '../../../../cli/check/check.ts';
import { parseCib } from '../../../../lib/cluster/cib.ts';
import type { HostFacts } from '../../../../lib/survey/host.ts';
import type { NetworkFacts } from '../../../../lib/survey/network.ts';
import type { ServicesFacts } from '../../../../lib/survey/services.ts';
import type { VmConfigFacts } from '../../../../lib/survey/vm-configs.ts';

/** Facts without `readonly`, to spoil them. */
type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T;

export interface NodeSurvey {
  host: Mutable<HostFacts>;
  network: Mutable<NetworkFacts>;
  services: Mutable<ServicesFacts>;
  ssh: Record<string, string | null>;
  vmConfigs: Mutable<VmConfigFacts>[];
}

/** What a test changes of a cluster where nothing is wrong. */
export interface Changes {
  /** The whole CIB's text. */
  readonly xml?: (xml: string) => string;
  readonly nodes?: (surveys: Record<'node1' | 'node2' | 'node3', NodeSurvey>) => void;
  /** Nodes that do not answer, and why. */
  readonly silent?: Readonly<Record<string, string>>;
  readonly facts?: (facts: ClusterFacts) => ClusterFacts;
}

const operations = (vm: string) => `<operations>
<op id="${vm}-monitor" name="monitor" interval="30s" timeout="30s"/>
<op id="${vm}-start" name="start" interval="0" timeout="90s"/>
<op id="${vm}-stop" name="stop" interval="0" timeout="90s"/>
<op id="${vm}-to" name="migrate_to" interval="0" timeout="600s"/>
<op id="${vm}-from" name="migrate_from" interval="0" timeout="600s"/>
</operations>`;

const vm = (id: string) => `<primitive id="${id}" class="ocf" provider="virt" type="Xen">
<instance_attributes id="${id}-i"><nvpair id="${id}-f" name="xmfile" value="/etc/xen/cluster/${id}.cfg"/><nvpair id="${id}-a" name="node_ip_attribute" value="ip_livemigration"/></instance_attributes>
<meta_attributes id="${id}-m"><nvpair id="${id}-ma" name="allow-migrate" value="true"/><nvpair id="${id}-mm" name="multiple-active" value="stop_unexpected"/></meta_attributes>
<utilization id="${id}-u"><nvpair id="${id}-um" name="hv_memory" value="1024"/></utilization>
${operations(id)}</primitive>`;

const node = (number: number) => `<node id="${number}" uname="node${number}">
<instance_attributes id="n${number}"><nvpair id="n${number}-a" name="ip_livemigration" value="10.0.1.${number}"/></instance_attributes>
<utilization id="n${number}-u"><nvpair id="n${number}-um" name="hv_memory" value="3000"/></utilization></node>`;

const healthyCib = `<cib><configuration><crm_config><cluster_property_set id="o">
<nvpair id="o1" name="stonith-enabled" value="true"/><nvpair id="o2" name="no-quorum-policy" value="stop"/>
<nvpair id="o3" name="placement-strategy" value="balanced"/><nvpair id="o4" name="migration-limit" value="2"/>
</cluster_property_set></crm_config>
<nodes>${[1, 2, 3].map(node).join('')}</nodes>
<resources><primitive id="fencing" class="stonith" type="fence_ipmilan"/>${vm('vm01')}${vm('vm02')}</resources>
<constraints></constraints>
<rsc_defaults><meta_attributes id="d"><nvpair id="d1" name="resource-stickiness" value="100"/></meta_attributes></rsc_defaults>
</configuration><status/></cib>`;

const now = Date.UTC(2026, 0, 1);

function survey(number: number): NodeSurvey {
  const config = (id: string): NodeSurvey['vmConfigs'][number] => ({
    kind: 'read',
    file: `/etc/xen/cluster/${id}.cfg`,
    digest: id.repeat(16),
    name: id,
    memoryMiB: 1024,
    vcpus: 1,
    storage: [{ path: `/dev/cluster_vg/${id}-disk`, use: 'disk', state: 'present' }],
    bridges: [{ name: 'xenbr0', present: true }],
  });
  return {
    host: {
      hostname: `node${number}`,
      version: '1.0.0',
      timeMs: now,
      hypervisor: { kind: 'xen', version: '4.17.7', totalMiB: 4096, freeMiB: 1000, dom0MiB: 900 },
      cpu: { vendor: 'GenuineIntel', family: 6, model: 85, name: 'Xeon', flags: ['aes', 'avx'], count: 8 },
      ssh: 'OpenSSH_9.2p1',
      agents: { Xen: '1.0.0', VMware: '1.0.0' },
    },
    network: {
      interfaces: [
        {
          name: 'eth1',
          kind: undefined,
          isUp: true,
          mtu: 1500,
          master: undefined,
          speedMbit: 1000,
          addresses: [{ address: `10.0.1.${number}`, prefix: 24 }],
        },
      ],
    },
    services: {
      xendomains: { file: '/etc/default/xendomains', save: '', restore: false, auto: [], enabled: 'enabled' },
      libvirt: { daemon: undefined, domains: [], problem: undefined },
      lvm: {
        settings: { use_lvmlockd: '1' },
        runsLvmlockd: true,
        runsClvmd: false,
        groups: ['cluster_vg', 'root_vg'],
        sharedGroups: ['cluster_vg'],
      },
    },
    ssh: { node1: null, node2: null, node3: null, '10.0.1.1': null, '10.0.1.2': null, '10.0.1.3': null },
    vmConfigs: [config('vm01'), config('vm02')],
  };
}

/** The facts of a cluster in which nothing is wrong, but for the changes. */
export async function clusterFacts({ xml, nodes, silent = {}, facts = (same) => same }: Changes = {}) {
  const surveys = { node1: survey(1), node2: survey(2), node3: survey(3) };
  nodes?.(surveys);
  const names = Object.keys(surveys);
  const changed = xml?.(healthyCib) ?? healthyCib;
  if (xml !== undefined && changed === healthyCib) throw new Error('the change changes nothing');
  const answer = (name: string): [string, never] => {
    const why = silent[name];
    if (why !== undefined) return [name, { kind: 'silent', why } as never];
    const sections = Object.entries(surveys[name as keyof typeof surveys]).map(([key, value]) => [
      key,
      { facts: value },
    ]);
    return [name, { kind: 'answered', facts: Object.fromEntries(sections) } as never];
  };
  const all: ClusterFacts = {
    cib: await parseCib(changed),
    status: {
      quorum: true,
      dc: 'node1',
      failures: [],
      resources: [],
      nodes: names.map((name) => ({
        name,
        online: true,
        standby: false,
        maintenance: false,
        unclean: false,
        expectedUp: true,
      })),
    },
    answers: new Map(names.map(answer)),
    times: new Map(names.map((name) => [name, { askedMs: now - 200, answeredMs: now + 200 }])),
    isComplete: true,
    measuredRate: undefined,
  };
  return facts(all);
}
