import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { addressOf } from './network.ts';
import { waitUntil } from './wait-until.ts';

/** A cluster whose nodes have ocf:virt:Xen and a simulated Xen installed. */
export interface XenCluster extends Cluster {
  /** What happened to every VM on every node so far, by the simulated hypervisors themselves. */
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
  /** Writes /etc/xen/cluster/VM.cfg, which all nodes share, and returns its path there. */
  writeConfig(vm: string, settings?: Readonly<Record<string, string | number>>): string;
  /** Configures a VM as the README does it. `params` and `meta` come on top; operations replace those of their name. */
  createVm(vm: string, options?: VmOptions): Promise<void>;
  crm(...argv: readonly string[]): Promise<string>;
  /** Switches a fault of the toolstack on a node on or off; see test/sim/README.md. */
  setFault(node: string, command: string, fault: Parameters<typeof setFault>[2]): void;
  clearFaults(node: string): void;
  /** For the helpers of the simulator. */
  simHost(node: string): { readonly name: string; readonly faults: string };
}

interface VmOptions {
  readonly agent?: string;
  /** Settings of the VM's configuration file. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly meta?: Readonly<Record<string, string>>;
  readonly operations?: Readonly<Record<string, string>>;
}

const agentFolder = 'usr/lib/ocf/resource.d/virt';
const builtForm = 'dist/native';

/**
 * Starts a cluster with the built agent (native form) and the simulated toolstack, and sets each node's
 * `ip_livemigration` to its address on the migration network.
 */
export async function startXenCluster(options: {
  readonly name: string;
  readonly nodes?: number;
  readonly tokenMs?: number;
}): Promise<XenCluster> {
  const { nodes = 3 } = options;
  if (!existsSync(join(builtForm, agentFolder, 'Xen'))) throw new Error('the agent is not built: npm run build');
  const simulator = await buildSim('.cache/sim');
  let truthFile: string | undefined;
  const cluster = await startCluster({
    name: options.name,
    nodes,
    ...(options.tokenMs === undefined ? {} : { tokenMs: options.tokenMs }),
    install: {
      '/usr/bin/ocf-virt': join(builtForm, 'usr/bin/ocf-virt'),
      [`/${agentFolder}`]: join(builtForm, agentFolder),
      ...Object.fromEntries(
        ['ocf-virt-sim', ...simTools].map((tool) => [`/usr/local/sbin/${tool}`, join(simulator, '..', tool)]),
      ),
    },
    atBoot: `mkdir -p /run/ocf-virt-sim /etc/xen /shared/configs
ln -sfn /shared/configs /etc/xen/cluster
cat >/run/ocf-virt-sim/config.json <<X
{ "host": "$node", "truth": "/shared/truth.jsonl", "faults": "/shared/faults", "ackSeconds": 5 }
X`,
    onPowerOff: (node) => {
      if (truthFile !== undefined) recordHostDown(truthFile, node);
    },
  });
  truthFile = join(cluster.sharedFolder, 'truth.jsonl');
  const xen = xenCluster(cluster, truthFile);
  try {
    for (const [index, node] of cluster.nodes.entries()) {
      const address = addressOf(index + 1, 'migration');
      await cluster
        .anyNode()
        .run([
          'crm_attribute',
          '--type',
          'nodes',
          '--node',
          node.name,
          '--name',
          'ip_livemigration',
          '--update',
          address,
        ]);
    }
    return xen;
  } catch (error) {
    await cluster.down();
    throw error;
  }
}

function xenCluster(cluster: Cluster, truthFile: string): XenCluster {
  const truth = () => readTruth(truthFile);
  const copies = (vm: string) => runningCopies(truth(), vm);
  const hostOf = (vm: string) => {
    const all = copies(vm);
    return all.length === 1 ? all[0]?.split('/')[0] : undefined;
  };
  const simHost = (name: string) => ({ name, faults: join(cluster.sharedFolder, 'faults') });
  const crm = (...argv: readonly string[]) => cluster.anyNode().run(['crm', ...argv], { timeout: 60_000 });
  const writeConfig = (vm: string, settings: Readonly<Record<string, string | number>> = {}) => {
    const all = { name: vm, memory: 512, vcpus: 1, type: 'pvh', ...settings };
    const text = Object.entries(all).map(
      ([key, value]) => `${key} = ${typeof value === 'number' ? value : `"${value}"`}\n`,
    );
    mkdirSync(join(cluster.sharedFolder, 'configs'), { recursive: true });
    writeFileSync(join(cluster.sharedFolder, 'configs', `${vm}.cfg`), text.join(''));
    return `/etc/xen/cluster/${vm}.cfg`;
  };
  return {
    ...cluster,
    truth,
    copies,
    hostOf,
    crm,
    writeConfig,
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
    createVm: async (vm, { agent = 'ocf:virt:Xen', settings, params, meta, operations } = {}) => {
      const file = writeConfig(vm, settings);
      const words = (values: Readonly<Record<string, string>>) =>
        Object.entries(values).map(([key, value]) => `${key}=${value}`);
      const all = { ...seedOperations, ...operations };
      await crm(
        ...['configure', 'primitive', vm, agent],
        ...['params', `xmfile=${file}`, ...words({ node_ip_attribute: 'ip_livemigration', ...params })],
        ...Object.entries(all).flatMap(([operation, values]) => ['op', operation, ...values.split(' ')]),
        ...['meta', ...words({ 'target-role': 'started', 'allow-migrate': 'true', ...meta })],
      );
    },
  };
}

/** The timeouts of the README's example; its monitor interval of 30 s would only make tests wait. */
const seedOperations = {
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
          .filter((line) => line.includes(`${vm}_`) || /ocf-exit-reason|Xen\(/.test(line))
          .slice(-6)
          .join('\n')}`,
    ),
  ].join('\n');
}
