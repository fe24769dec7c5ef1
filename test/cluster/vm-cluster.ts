import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { buildSim, simTools } from '../sim/build.ts';
import {
  clearFault,
  overlaps,
  readTruth,
  recordHostDown,
  runningCopies,
  setFault,
  type TruthLine,
} from '../sim/control.ts';
import { type Cluster, type ClusterNode, startCluster } from './cluster.ts';
import { waitUntil } from './wait-until.ts';

/** A cluster whose nodes have the built agents and the simulated hypervisors installed. */
export interface VmCluster extends Cluster {
  /**
   * What happened to every VM on every node so far, by the simulated hypervisors themselves. A VMware VM has the name of
   * the folder of its .vmx.
   */
  truth(): TruthLine[];
  /** `HOST/DOMID` of the copies of a VM that execute now. */
  copies(vm: string): string[];
  /** The node on which a VM executes; undefined when on none or on several. */
  hostOf(vm: string): string | undefined;
  /** Returns the node on which a VM runs, once the cluster says so too and has nothing left to do. */
  waitRunning(
    vm: string,
    where?: { readonly on?: string; readonly notOn?: string; readonly seconds?: number },
  ): Promise<string>;
  /** Fails when any VM executed twice at any time. */
  mustNeverHaveRunTwice(): void;
  crm(...argv: readonly string[]): Promise<string>;
  /** Configures a VM as the README does it. */
  configure(vm: string, primitive: Primitive): Promise<void>;
  /** Switches a fault of the toolstack on a node on or off; see test/sim/README.md. */
  setFault(node: string, command: string, fault: Parameters<typeof setFault>[2]): void;
  clearFaults(node: string): void;
  /** For the helpers of the simulator. */
  simHost(node: string): { readonly name: string; readonly faults: string };
}

/** A resource that is a VM. */
interface Primitive {
  readonly agent: string;
  readonly params: Readonly<Record<string, string>>;
  /** On top of those that every VM has. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
  /** Operations, with their settings as words; they replace those of the README of their name. */
  readonly operations?: Readonly<Record<string, string>> | undefined;
}

export interface VmClusterOptions {
  readonly name: string;
  readonly nodes?: number;
  readonly tokenMs?: number;
  readonly fencing?: boolean;
  /** More files and folders to install: path in the node, path on this machine. */
  readonly install?: Readonly<Record<string, string>>;
  /** More shell commands for each boot. */
  readonly atBoot?: string;
}

const agentFolder = 'usr/lib/ocf/resource.d/virt';
const builtForm = 'dist/native';

/** Starts a cluster with the built agents (native form) and the simulated toolstacks. */
export async function startVmCluster({ nodes = 3, atBoot = '', ...options }: VmClusterOptions): Promise<VmCluster> {
  if (!existsSync(join(builtForm, agentFolder, 'Xen'))) throw new Error('the agents are not built: npm run build');
  const simulator = await buildSim('.cache/sim');
  let truthFile: string | undefined;
  const cluster = await startCluster({
    ...options,
    nodes,
    install: {
      ...options.install,
      '/usr/bin/ocf-virt': join(builtForm, 'usr/bin/ocf-virt'),
      [`/${agentFolder}`]: join(builtForm, agentFolder),
      ...Object.fromEntries(
        ['ocf-virt-sim', ...simTools].map((tool) => [`/usr/local/sbin/${tool}`, join(simulator, '..', tool)]),
      ),
    },
    atBoot: `mkdir -p /run/ocf-virt-sim /etc/xen /shared/configs "/shared/Virtual Machines/vms"
ln -sfn /shared/configs /etc/xen/cluster
cat >/run/ocf-virt-sim/config.json <<X
{ "host": "$node", "truth": "/shared/truth.jsonl", "faults": "/shared/faults", "ackSeconds": 5,
  "datastores": { "standard": "/shared/Virtual Machines/vms" }, "vimPowerOnWaits": false }
X
ocf-virt-sim vmware-hostd
${atBoot}`,
    onPowerOff: (node) => {
      if (truthFile !== undefined) recordHostDown(truthFile, node);
    },
  });
  truthFile = join(cluster.sharedFolder, 'truth.jsonl');
  return vmCluster(cluster, truthFile);
}

function vmCluster(cluster: Cluster, truthFile: string): VmCluster {
  const truth = () => readTruth(truthFile).map((line) => ({ ...line, name: vmName(line.name) }));
  const copies = (vm: string) => runningCopies(truth(), vm);
  const hostOf = (vm: string) => {
    const all = copies(vm);
    return all.length === 1 ? all[0]?.split('/')[0] : undefined;
  };
  const simHost = (name: string) => ({ name, faults: join(cluster.sharedFolder, 'faults') });
  const crm = (...argv: readonly string[]) => cluster.anyNode().run(['crm', ...argv], { timeout: 60_000 });
  return {
    ...cluster,
    truth,
    copies,
    hostOf,
    crm,
    simHost,
    setFault: (node, command, fault) => setFault(simHost(node), command, fault),
    clearFaults: (node) => clearFault(simHost(node)),
    waitRunning: (vm, { on, notOn, seconds = 30 } = {}) =>
      waitUntil(
        `${vm} runs${on === undefined ? '' : ` on ${on}`}${notOn === undefined ? '' : `, no longer on ${notOn}`}`,
        seconds,
        async () => {
          const host = hostOf(vm);
          if (host === undefined || (on !== undefined && host !== on) || host === notOn) return undefined;
          const known = (await cluster.status())?.resources.find(({ id }) => id === vm);
          // crm_mon shows a place already while a start or a migration goes on.
          const settled =
            known?.role === 'Started' && known.nodes.length === 1 && known.nodes[0] === host && (await isIdle(cluster));
          return settled ? host : undefined;
        },
        () => sightOf(cluster, vm, truth()),
      ),
    mustNeverHaveRunTwice: () => {
      const found = overlaps(truth());
      if (found.length > 0) throw new Error(`a VM ran twice: ${JSON.stringify(found)}`);
    },
    configure: async (vm, { agent, params, meta, operations }) => {
      const words = (values: Readonly<Record<string, string>>) =>
        Object.entries(values).map(([key, value]) => `${key}=${value}`);
      await crm(
        ...['configure', 'primitive', vm, agent, 'params', ...words(params)],
        ...Object.entries({ ...readmeOperations, ...operations }).flatMap(([operation, values]) => [
          ...['op', operation],
          ...values.split(' '),
        ]),
        ...['meta', ...words({ 'target-role': 'started', 'allow-migrate': 'true', ...meta })],
      );
    },
  };
}

/** A VMware VM is known by its folder: the simulator writes the path of its .vmx. */
const vmName = (name: string) => (name.startsWith('/') ? basename(dirname(name)) : name);

/** The timeouts of the README's example; its monitor interval of 30 s would only make tests wait. */
const readmeOperations = {
  monitor: 'interval=5s timeout=30s',
  migrate_from: 'interval=0 timeout=600s',
  migrate_to: 'interval=0 timeout=600s',
  start: 'interval=0 timeout=90s',
  stop: 'interval=0 timeout=90s',
};

/** Whether the cluster has nothing under way. */
async function isIdle(cluster: Cluster): Promise<boolean> {
  const dc = (await cluster.status())?.dc;
  const node: ClusterNode = dc === undefined || dc === '' ? cluster.anyNode() : cluster.node(dc);
  const answer = await node.exec(['crmadmin', '--status', node.name], { timeout: 10_000 });
  return /S_IDLE/.test(answer.stdout);
}

/** What there is to see when a VM is not where it should be. */
async function sightOf(cluster: Cluster, vm: string, truth: readonly TruthLine[]): Promise<string> {
  const status = await cluster.status();
  const events = truth.filter(({ name, event }) => name === vm || event === 'host-down').slice(-8);
  return [
    `cluster: ${JSON.stringify(status?.resources)}`,
    ...(status?.failures ?? []).map(
      ({ operation, node, code, reason }) => `failed: ${operation} on ${node}: ${code} ${reason}`,
    ),
    ...events.map(
      ({ time, host, event, detail }) =>
        `${new Date(time).toISOString()} ${host} ${event} ${JSON.stringify(detail ?? '')}`,
    ),
    ...cluster.nodes.map(
      ({ name, log }) =>
        `--- ${name}\n${log('pacemaker/pacemaker.log', 400)
          .split('\n')
          .filter((line) => line.includes(`${vm}_`) || /ocf-exit-reason|(Xen|VMware)\(/.test(line))
          .slice(-6)
          .join('\n')}`,
    ),
  ].join('\n');
}
