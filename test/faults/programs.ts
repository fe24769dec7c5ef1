import { splitWords } from '../../lib/system/shell-words.ts';
import type { Work } from '../sim/clock.ts';
import { type Command, xenstore, xl } from '../sim/commands.ts';
import { err, out } from '../sim/output.ts';
import { resume } from '../sim/resume.ts';
import { refusing, tools } from '../sim/vmware/run-tool.ts';
import type { Node, World } from './world.ts';

type Runnable = () => number | Work<number>;

const loaded = new Map<string, Command>();
for (const [name, load] of Object.entries({ ...xl })) loaded.set(`xl ${name}`, await load());
for (const [name, load] of Object.entries(xenstore)) loaded.set(name, (await load()) as Command);
const vmware = new Map<string, Awaited<ReturnType<(typeof tools)[string]>>>();
for (const [name, load] of Object.entries(tools)) vmware.set(name, await load());

/** An operation that Pacemaker remembers: the last of its kind on its node. */
export interface RecordedOperation {
  readonly node: string;
  readonly operation: string;
  readonly target: string | undefined;
  /** Later ones have a higher number. */
  readonly number: number;
  readonly code: number;
}

/** What a program is given of the world that no hypervisor has: Pacemaker's attributes, and its history. */
export interface ClusterFacts {
  /** Node attributes as `NODE NAME`, meta attributes of the resource as `meta NAME`. */
  readonly attributes: Map<string, string>;
  readonly operations?: readonly RecordedOperation[];
}

/** The work of a program on a node; undefined when there is no such program. Milliseconds are what it takes at least. */
export function programOn(
  node: Node,
  name: string,
  args: readonly string[],
  facts: ClusterFacts,
): { readonly run: Runnable; readonly ms: number } | undefined {
  const tool = vmware.get(name);
  if (tool) return { run: () => refusing(tool.run(args)), ms: 20 };
  if (name === 'xl') {
    const command = loaded.get(`xl ${args[0]}`);
    return { run: () => (command ? (command(args.slice(1)) as number | Work<number>) : 1), ms: 5 };
  }
  const command = loaded.get(name);
  if (command) return { run: () => command(args) as number | Work<number>, ms: 5 };
  switch (name) {
    case 'ocf-virt':
      return { run: () => resume(args.slice(1)), ms: 20 };
    case 'ssh':
      return { run: () => overSsh(node.world, args, facts), ms: 60 };
    case 'ps':
      return { run: () => ps(node), ms: 5 };
    case 'getent':
      return { run: () => 2, ms: 1 };
    case 'cibadmin':
      return { run: () => cibadmin(args, node.world, facts.operations ?? []), ms: 20 };
    case 'crm_mon':
      return { run: () => crmMon(node.world), ms: 20 };
    case 'stonith_admin':
      return { run: () => fencingHistory(node.world), ms: 20 };
    case 'crm_attribute':
    case 'crm_resource':
      return { run: () => attribute(args, facts.attributes), ms: 20 };
    default:
      return name.startsWith('/') ? { run: () => 0, ms: 50 } : undefined;
  }
}

function* overSsh(world: World, args: readonly string[], facts: ClusterFacts): Work<number> {
  const [address = '', line = ''] = args.slice(-2);
  const node = world.nodes.find(({ name }) => name === address || address === `${name}.migration`);
  if (!node?.up) {
    yield { ms: 10_000 };
    err(`ssh: connect to host ${address} port 22: No route to host\n`);
    return 255;
  }
  const [name = '', ...rest] = splitWords(line);
  const there = world.add(node, [name, ...rest], { parent: 2 });
  const found = programOn(node, name, rest, facts);
  if (!found) return 127;
  world.start(there, found.run);
  yield { ms: 15_000, until: () => there.ended !== undefined };
  out(there.host.stdout);
  err(there.host.stderr);
  return there.ended?.code ?? 255;
}

function ps(node: Node): number {
  for (const { parent, args } of node.living()) out(`${String(parent).padStart(7)} ${args.join(' ')}\n`);
  return 0;
}

function cibadmin(args: readonly string[], world: World, operations: readonly RecordedOperation[]): number {
  const xpath = args.at(-1) ?? '';
  const asked = /^\/\/node_state\[@uname="(.*)"\]$/.exec(xpath)?.[1];
  if (asked !== undefined) return nodeState(world, asked);
  const target = /@migrate_target="(.*?)"/.exec(xpath)?.[1];
  // A node that is down is known of no more once it was fenced.
  const isGone = (name: string | undefined) =>
    world.nodes.some((node) => node.name === name && !node.up) && operations.every(({ node }) => node !== name);
  const isMeant = (name: string | undefined) => (target === undefined ? !isGone(name) : name === target);
  const migrations = operations.filter(({ operation }) => operation === 'migrate_to');
  return history(migrations.some((one) => isMeant(one.target)) ? operations : []);
}

/** What Pacemaker keeps of the resource; 105 is CRM_EX_NOSUCH. */
function history(operations: readonly RecordedOperation[]): number {
  if (operations.length === 0) return 105;
  const rows = operations.map(
    ({ node, operation, target, number, code }) =>
      `<lrm_rsc_op operation="${operation}" operation_key="vm01_${operation}_0" on_node="${node}" rc-code="${code}" op-status="0" last-rc-change="0" transition-key="1:${number}:0:dc"${target === undefined ? '' : ` migrate_target="${target}"`}/>`,
  );
  out(`<xpath-query><lrm_resource id="vm01">${rows.join('')}</lrm_resource></xpath-query>\n`);
  return 0;
}

function nodeState({ nodes }: World, asked: string): number {
  const up = nodes.find(({ name }) => name === asked)?.up;
  if (up !== undefined) out(`<node_state uname="${asked}" in_ccm="${up}" crmd="${up ? 'online' : 'offline'}"/>\n`);
  return up === undefined ? 105 : 0;
}

function crmMon({ nodes }: World): number {
  const rows = nodes.map(({ name, up }) => `<node name="${name}" online="${up}" unclean="false" expected_up="${up}"/>`);
  out(`<pacemaker-result><nodes>${rows.join('')}</nodes></pacemaker-result>\n`);
  return 0;
}

function fencingHistory({ nodes }: World): number {
  const events = nodes.flatMap(({ name, fencedAt }) =>
    fencedAt === undefined
      ? []
      : [
          `<fence_event action="off" target="${name}" status="success" completed="${new Date(fencedAt).toISOString().replace('T', ' ')}"/>`,
        ],
  );
  out(`<pacemaker-result><fence_history>${events.join('')}</fence_history></pacemaker-result>\n`);
  return 0;
}

/** Queries, sets and deletes attributes; 105 is CRM_EX_NOSUCH. */
function attribute(args: readonly string[], attributes: Map<string, string>): number {
  const value = (option: string) => (args.includes(option) ? args[args.indexOf(option) + 1] : undefined);
  const name = value('--name') ?? value('--get-parameter') ?? value('--set-parameter') ?? value('--delete-parameter');
  const key = `${value('--node') ?? (args.includes('--utilization') ? 'utilization' : 'meta')} ${name}`;
  if (args.includes('--set-parameter')) attributes.set(key, value('--parameter-value') ?? '');
  else if (args.includes('--delete-parameter')) attributes.delete(key);
  else {
    const found = attributes.get(key);
    if (found === undefined) return args.includes('--name') ? 105 : 6;
    out(`${found}\n`);
  }
  return 0;
}
