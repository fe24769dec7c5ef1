import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseStatus, type Status } from '../../lib/cluster/status.ts';
import { effectiveToken, makeImage } from './image.ts';
import { boot, type ExecOptions, type Machine, type Outcome } from './machine.ts';
import { type Network, startWiring } from './network.ts';
import { type Fencing, startPowerSwitch } from './power-switch.ts';
import { takeRunFolder } from './run-folder.ts';
import { waitUntil } from './wait-until.ts';

export interface ClusterOptions {
  /** One cluster of a name runs at a time on a machine; clusters of other names do not disturb it. */
  readonly name: string;
  /** How many nodes, 1 to 5: node1, node2, ... */
  readonly nodes: number;
  /** corosync's token in milliseconds; 3000, its own default, if not given. */
  readonly tokenMs?: number;
  /** Whether the cluster fences; true if not given. */
  readonly fencing?: boolean;
  /** Files and folders to install on every node: path in the node, path on this machine. They are copied. */
  readonly install?: Readonly<Record<string, string>>;
  /** Folders over each other, the uppermost first and with `:` between, that a node's root is made of; `/` if not given. */
  readonly root?: string;
  /** Shell commands that each boot of a node runs before its services. */
  readonly atBoot?: string;
  /** Called when a node is dead, before anybody else learns of it. */
  readonly onPowerOff?: (node: string) => void;
}

/** A node, on or off. */
export interface ClusterNode {
  readonly name: string;
  readonly isOn: boolean;
  /** Runs a program in the node. */
  exec(argv: readonly string[], options?: ExecOptions): Promise<Outcome>;
  /** Runs a program that must succeed, and returns what it printed. */
  run(argv: readonly string[], options?: ExecOptions): Promise<string>;
  /** Crash: the cables go dead, then every process dies. */
  kill(): Promise<void>;
  boot(): Promise<void>;
  /** Orderly: Pacemaker stops and moves what runs here, corosync leaves, the node goes off. */
  stop(): Promise<void>;
  /** Hangs as a whole, until `thaw`. */
  freeze(): void;
  thaw(): void;
  unplug(network: Network): Promise<void>;
  plug(network: Network): Promise<void>;
  /** The last lines of a file under /var/log, also of a node that is off. */
  log(file: string, lines?: number): string;
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  node(name: string): ClusterNode;
  /** The folder that every node sees as /shared. */
  readonly sharedFolder: string;
  /** A node that is on, to ask or tell the cluster something; not the one that is named. */
  anyNode(except?: string): ClusterNode;
  /** What the cluster says of itself; undefined as long as no node answers. */
  status(): Promise<Status | undefined>;
  /** Returns when that many nodes are online, with quorum and nothing left to do. */
  waitOnline(nodes?: number, seconds?: number): Promise<void>;
  /** Only the nodes of a group hear each other on the cluster's network (or the one that is named). */
  partition(groups: readonly (readonly string[])[], network?: Network): Promise<void>;
  /** Plugs every cable in again. */
  heal(): Promise<void>;
  /** What the power switch was asked to do so far. */
  fencedLog(): readonly Fencing[];
  /** Nodes that are fenced stay off until they are booted. */
  stayDown(value: boolean): void;
  /** Ends everything and leaves nothing. */
  down(): Promise<void>;
}

/**
 * Starts a real cluster (corosync, Pacemaker, crmsh, sshd, fencing) on this machine, each node in namespaces of its own
 * over the machine's root file system, and returns when all nodes are online. It ends with this program.
 *
 * @throws Error when it does not come up; nothing is left then.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const names = Array.from({ length: options.nodes }, (_, index) => `node${index + 1}`);
  const { tokenMs = 3000, fencing = true, install = {}, root = '/', atBoot = '', onPowerOff = () => {} } = options;
  // A node that boots within the token timeout reads of its own fencing ("We were allegedly just fenced") and its
  // Pacemaker stays down: after 2.2 tokens the others have noticed that it was gone.
  const rebootDelayMs = effectiveToken(tokenMs, names.length) * 2.2 + 300;
  const run = takeRunFolder(options.name);
  try {
    for (const folder of ['shared', 'power', ...names.map((name) => `nodes/${name}`)]) {
      mkdirSync(join(run.path, folder), { recursive: true });
    }
    await makeImage(join(run.path, 'image'), { nodes: names, tokenMs, fencing, atBoot, install });
    const wiring = await startWiring(run);
    const machines = new Map<string, Machine>();
    const turns = new Map<string, Promise<unknown>>();
    const reboots = new Map<string, NodeJS.Timeout>();
    let staysDown = false;
    let ending = false;

    /** One after the other for each node: a fencing and a boot must not overlap. */
    const inTurn = <T>(name: string, work: () => Promise<T>): Promise<T> => {
      const turn = (turns.get(name) ?? Promise.resolve()).then(work);
      turns.set(
        name,
        turn.catch(() => {}),
      );
      return turn;
    };
    const on = (name: string) =>
      inTurn(name, async () => {
        clearTimeout(reboots.get(name));
        if (machines.has(name) || ending) return;
        machines.set(name, await boot(name, names.indexOf(name) + 1, root, run, wiring));
      });
    const off = (name: string) =>
      inTurn(name, async () => {
        clearTimeout(reboots.get(name));
        const machine = machines.get(name);
        if (machine === undefined) return;
        await machine.off();
        machines.delete(name);
        onPowerOff(name);
      });
    const power = await startPowerSwitch(join(run.path, 'power'), async (action, name) => {
      if (!names.includes(name)) throw new Error(`there is no node ${name}`);
      if (action === 'off' || action === 'reboot') await off(name);
      if (action === 'on') await on(name);
      if (action === 'reboot' && !staysDown) {
        const complain = (error: unknown) => console.error(`${name} did not boot again: ${error}`);
        reboots.set(
          name,
          setTimeout(() => void on(name).catch(complain), rebootDelayMs),
        );
      }
      return machines.has(name) ? 'on' : 'off';
    });
    const machineOf = (name: string): Machine => {
      const machine = machines.get(name);
      if (machine === undefined) throw new Error(`${name} is off`);
      return machine;
    };
    const nodes = names.map((name): ClusterNode => {
      const exec: ClusterNode['exec'] = (argv, options) => machineOf(name).exec(argv, options);
      return {
        name,
        get isOn() {
          return machines.has(name);
        },
        exec,
        run: async (argv, options) => {
          const { code, stdout, stderr } = await exec(argv, options);
          if (code === 0) return stdout;
          throw new Error(`on ${name}, \`${argv.join(' ')}\` ended with ${code}:\n${stdout}${stderr}`);
        },
        kill: () => off(name),
        boot: () => on(name),
        stop: async () => {
          await exec(['sh', '-c', orderlyEnd], { timeout: 120_000 });
          await off(name);
        },
        freeze: () => machineOf(name).freeze(),
        thaw: () => machineOf(name).thaw(),
        unplug: (network) => wiring.unplug(name, network),
        plug: (network) => wiring.plug(name, network),
        log: (file, lines = 20) => tail(join(run.path, 'nodes', name, 'log', file), lines),
      };
    });
    const cluster: Cluster = {
      nodes,
      node: (name) => {
        const node = nodes.find((one) => one.name === name);
        if (node === undefined) throw new Error(`there is no node ${name}`);
        return node;
      },
      sharedFolder: join(run.path, 'shared'),
      anyNode: (except) => {
        const node = nodes.find(({ name, isOn }) => isOn && name !== except);
        if (node === undefined) throw new Error('no node is on');
        return node;
      },
      status: () => statusOf(nodes),
      waitOnline: async (count = names.length, seconds = 60) => {
        await waitUntil(
          `${count} nodes are online with quorum`,
          seconds,
          async () => {
            const status = await statusOf(nodes);
            return status?.quorum === true && status.nodes.filter(({ online }) => online).length === count;
          },
          async () =>
            `${JSON.stringify(await statusOf(nodes))}\n${names.map((name) => troubles(run.path, name)).join('')}`,
        );
        await cluster.anyNode().exec(['crm_resource', '--wait', '--timeout=30s'], { timeout: 35_000 });
      },
      partition: (groups, network = 'cluster') => wiring.partition(groups, network),
      heal: async () => {
        for (const name of names)
          for (const network of ['cluster', 'migration'] as const) await wiring.plug(name, network);
      },
      fencedLog: () => power.log,
      stayDown: (value) => {
        staysDown = value;
      },
      down: async () => {
        ending = true;
        for (const timer of reboots.values()) clearTimeout(timer);
        power.close();
        await Promise.all(turns.values());
        run.remove();
      },
    };
    await Promise.all(names.map(on));
    await cluster.waitOnline(names.length, 120);
    return cluster;
  } catch (error) {
    run.remove();
    throw error;
  }
}

const orderlyEnd = `for program in pacemakerd corosync; do
  pid=$(pidof $program) && kill -TERM $pid && while kill -0 $pid 2>/dev/null; do sleep 0.1; done
done
:`;

/** Asks the nodes in turn: one that has just booted, or is cut off, may not answer or know little. */
async function statusOf(nodes: readonly ClusterNode[]): Promise<Status | undefined> {
  let best: Status | undefined;
  for (const node of nodes) {
    if (!node.isOn) continue;
    const answer = await node
      .exec(['crm_mon', '--one-shot', '--inactive', '--output-as=xml'], { timeout: 10_000 })
      .catch(() => undefined);
    if (answer?.code !== 0) continue;
    const status = await parseStatus(answer.stdout);
    if (status.quorum) return status;
    best ??= status;
  }
  return best;
}

function tail(file: string, lines: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}

function troubles(path: string, name: string): string {
  const pacemaker = tail(join(path, 'nodes', name, 'log/pacemaker/pacemaker.log'), 500)
    .split('\n')
    .filter((line) => /error:|crit:/.test(line))
    .slice(-5);
  return [`--- ${name}`, tail(join(path, 'nodes', name, 'console'), 5), ...pacemaker, ''].join('\n');
}
