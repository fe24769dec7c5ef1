import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCib } from '../../lib/cluster/cib.ts';
import type { ResourceStatus } from '../../lib/cluster/status.ts';
import { attributesOf, childrenOf, parseXml } from '../../lib/cluster/xml.ts';
import { type Overlap, overlaps } from '../sim/control.ts';
import { readVmx } from '../sim/vmware/vmx.ts';
import { bestView } from './views.ts';
import type { World } from './world.ts';

/** A line of crm_mon's failed actions. */
export interface FailedAction {
  /** For example `vm01_monitor_8000`. */
  readonly operation: string;
  readonly node: string;
  readonly code: number;
  /** `complete`, or what kept it from that, for example `Timed Out`. */
  readonly status: string;
  readonly reason: string;
}

/** What is to be seen of the whole cluster at one moment, from outside and by its own tools. */
export interface Sight {
  /** When a VM executed twice, ever. */
  readonly overlaps: readonly Overlap[];
  readonly vms: readonly {
    readonly name: string;
    /** `HOST/DOMID` of the copies that execute, by the hypervisors. */
    readonly copies: readonly string[];
    readonly believed: ResourceStatus | undefined;
  }[];
  /** Undefined when no node says what the cluster thinks. */
  readonly cluster:
    | {
        readonly online: readonly string[];
        readonly quorum: boolean;
        /** Nothing is under way, and nothing is going to be. */
        readonly idle: boolean;
        readonly standby: readonly string[];
        readonly failures: readonly FailedAction[];
        readonly constraints: readonly string[];
        /** What `ocf-virt where` says that is not as it should be. */
        readonly differences: readonly string[];
      }
    | undefined;
  /** Programs of agents and migrations: `NODE PID COMMAND`. */
  readonly programs: readonly string[];
  /** Files that nobody may change, or make: their content by name, shortened. */
  readonly files: Readonly<Record<string, string>>;
  /** Every reason that an agent has given so far. */
  readonly reasons: readonly string[];
}

/** Looks at everything. */
export async function look(world: World): Promise<Sight> {
  const { cluster, scene } = world;
  const truth = cluster.truth();
  // First, because the questions to the cluster are programs as well.
  const nodes = await Promise.all(scene.nodes.map((node) => world.onNode(node, ofNode, 20)));
  const seen = await viewOfCluster(world);
  const lines = nodes.flatMap(({ stdout }, index) =>
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => ({ node: scene.nodes[index] ?? '', line: line.trim() })),
  );
  const files = lines.flatMap(({ node, line }) => {
    const [, hash = '', name = ''] = /^([0-9a-f]{64}) {2}(.*)$/.exec(line) ?? [];
    return name === '' ? [] : [[`${node}:${name}`, hash.slice(0, 12)] as const];
  });
  return {
    overlaps: overlaps(truth),
    vms: [...scene.xen, ...scene.vmware].map((name) => ({
      name,
      copies: cluster.copies(name),
      believed: seen?.resources.find(({ id }) => id === name),
    })),
    cluster: seen,
    programs: lines.filter(({ line }) => /^\d+ /.test(line) && isOurs(line)).map(({ node, line }) => `${node} ${line}`),
    files: { ...Object.fromEntries(files), ...sharedFiles(cluster.sharedFolder) },
    reasons: cluster.nodes.flatMap(({ name, log }) =>
      log('pacemaker/pacemaker.log', 20_000)
        .split('\n')
        .filter((line) => line.includes('[ ocf-exit-reason:') && !line.includes('_monitor_0['))
        .map((line) => `${name} ${line}`),
    ),
  };
}

/**
 * Files of the system and of the user that the agents have no business with, and what runs. A crm shell that is ended
 * by its time, as when the node dies whose answer it waits for, leaves two of its own files.
 */
const ofNode = `cd /
sha256sum /etc/hosts /etc/passwd /etc/ssh/* /etc/corosync/* /etc/default/* /root/.ssh/* /tmp/* /var/tmp/* 2>/dev/null |
grep -v ' /tmp/crmsh_[^/]*$\\| /tmp/tmp[a-z0-9_]*\\.xml$'
ps -eo pid=,args= --cols 300`;

/** Whether a line of ps is a program that ends with the work it was started for. */
const isOurs = (line: string) =>
  /resource\.d\/virt\/|(^|\/| )xl (migrate|create|list|destroy|shutdown)|ocf-virt |^\d+ ssh |vmware-vim-cmd|vmware-cmd|vmrun/.test(
    line,
  ) &&
  !/\/xen-4\.17\/bin\/xl (create|migrate-receive|restore)|watch-daemon|vmware-vmx|vmware-settle|ocf-virt-sim settle|ps -eo/.test(
    line,
  );

/** The files of the VMs on the storage. VMware itself writes some lines of a .vmx. */
function sharedFiles(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(folder, 'configs'))) {
    found[`configs/${name}`] = short(readFileSync(join(folder, 'configs', name)));
  }
  const vms = join(folder, 'Virtual Machines/vms');
  for (const vm of readdirSync(vms)) {
    const own = readVmx(join(vms, vm, `${vm}.vmx`)).lines.filter(({ text }) => !/^(uuid\.|checkpoint\.)/.test(text));
    found[`vms/${vm}.vmx`] = short(
      own
        .map(({ text }) => text)
        .join('\n')
        .trim(),
    );
  }
  return found;
}

const short = (content: string | Buffer) => createHash('sha256').update(content).digest('hex').slice(0, 12);

async function viewOfCluster(world: World) {
  const view = await bestView(world);
  if (view === undefined) return undefined;
  const { node, status, xml } = view;
  const [answer, cib] = await Promise.all([
    world.onNode(status.dc || node, 'crmadmin --status $(hostname)', 10),
    world.onNode(node, 'cibadmin --query', 10),
  ]);
  if (cib.code !== 0) return undefined;
  const idle = answer.stdout.includes('S_IDLE');
  // It asks all nodes, which is not worth while as long as the cluster itself knows that something is missing.
  const isWell = idle && status.nodes.every(({ online }) => online);
  const where = isWell ? await world.onNode(node, 'ocf-virt where --json --timeout 30', 45) : undefined;
  const failures = childrenOf([await parseXml(xml)], 'failures').flatMap((list) => childrenOf([list], 'failure'));
  return {
    resources: status.resources,
    online: status.nodes.filter(({ online }) => online).map(({ name }) => name),
    quorum: status.quorum,
    idle,
    standby: status.nodes.filter(({ standby }) => standby).map(({ name }) => name),
    failures: failures.map(attributesOf).map((failure) => ({
      operation: failure['op_key'] ?? '',
      node: failure['node'] ?? '',
      code: Number(failure['exitcode']),
      status: failure['status'] ?? '',
      reason: failure['exitreason'] ?? '',
    })),
    constraints: (await parseCib(cib.stdout)).constraints.map(({ id }) => id),
    differences: where === undefined ? [] : differencesIn(where.stdout, where.stderr),
  };
}

function differencesIn(json: string, stderr: string): string[] {
  try {
    const { differences } = JSON.parse(json) as { differences: readonly { kind: string; message: string }[] };
    return differences.map(({ kind, message }) => `${kind}: ${message}`);
  } catch {
    return [`ocf-virt where does not answer: ${json}${stderr}`];
  }
}
