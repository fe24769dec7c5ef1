import type { FoundVm } from '../../lib/hypervisor/found-vm.ts';
import type { ToolstackFacts } from '../../lib/survey/vms.ts';
import type { Belief } from './vm-resources.ts';

/** What a node says of its VMs. */
export type NodeView =
  | { readonly kind: 'answered'; readonly vms: readonly FoundVm[]; readonly toolstacks: readonly ToolstackFacts[] }
  | {
      readonly kind: 'silent';
      readonly why: string;
      /** The cluster knows that it is off: it left in good order, or was fenced. */
      readonly isKnownDown: boolean;
    };

/** A VM in one place; `state` is undefined where nobody can tell. */
export interface Place {
  readonly node: string;
  readonly found: FoundVm | undefined;
  /** Why nobody can tell. */
  readonly unknown?: Unknown;
}

interface Unknown {
  readonly why: string;
  /** Nobody else says that something is wrong here. */
  readonly isUnsaid: boolean;
}

/** One VM: what the hypervisors say, beside what the cluster believes. */
export interface VmView {
  readonly vm: string;
  readonly shown: string;
  readonly hypervisor: 'xen' | 'vmware' | 'libvirt';
  readonly places: readonly Place[];
  readonly belief: Belief | undefined;
}

/** Where hypervisors and cluster differ, the worst first. */
export const differenceKinds = [
  'runs twice',
  'runs, and the cluster does not know',
  'does not run',
  'left over',
  'not managed',
  'toolstack does not answer',
  'node does not answer',
] as const;

export interface Difference {
  readonly kind: (typeof differenceKinds)[number];
  /** The VM; undefined when it is about a node. */
  readonly vm: string | undefined;
  readonly nodes: readonly string[];
  readonly message: string;
  readonly remedy: string;
}

/** States in which the guest executes, or may go on at any moment. */
const alive: ReadonlySet<FoundVm['state']> = new Set(['running', 'paused', 'rebooting', 'asking', 'lingering']);

/** What is no VM that runs, and does not go away by itself. */
const leftOver: ReadonlySet<FoundVm['state']> = new Set([
  ...(['suspending', 'shutdown', 'crashed', 'half-built'] as const),
  ...(['incoming', 'migrated-away', 'nameless'] as const),
]);

export const isAlive = ({ found }: Place) => found !== undefined && alive.has(found.state);

/** Puts together what every node and the cluster say of each VM. */
export function viewVms(nodes: ReadonlyMap<string, NodeView>, believed: readonly Belief[]): readonly VmView[] {
  const key = (hypervisor: VmView['hypervisor'], vm: string) =>
    `${hypervisor === 'vmware' ? 'vmware' : 'domain'}:${vm}`;
  const views = new Map<string, { view: VmView; places: Place[] }>();
  const enter = (at: string, view: Omit<VmView, 'places'>) => {
    const places = views.get(at)?.places ?? [];
    const known = views.get(at)?.view;
    views.set(at, { view: { ...view, belief: known?.belief ?? view.belief, places }, places });
    return places;
  };
  for (const belief of believed) {
    const { hypervisor, vm } = belief;
    enter(key(hypervisor, vm), { vm, shown: shownName(hypervisor, vm), hypervisor, belief });
  }
  for (const [node, answer] of nodes) {
    if (answer.kind !== 'answered') continue;
    for (const found of answer.vms) {
      const hypervisor = found.toolstack === 'xl' ? 'xen' : 'vmware';
      // Every domain without a name is one of its own.
      const at = found.vm === '' ? `${node}:${found.id}` : key(hypervisor, found.vm);
      const shown = found.vm === '' ? `domain ${found.id}` : hypervisor === 'xen' ? found.vm : found.shown;
      enter(at, { vm: found.vm === '' ? shown : found.vm, shown, hypervisor, belief: undefined }).push({ node, found });
    }
  }
  return [...views.values()].map(({ view, places }) => {
    const nowhere = (view.belief?.nodes ?? []).filter((node) => !places.some((place) => place.node === node));
    const claimed = nowhere.map((node): Place => {
      const unknown = whyUnknown(nodes.get(node), view.hypervisor);
      return { node, found: undefined, ...(unknown === undefined ? {} : { unknown }) };
    });
    return { ...view, places: [...places, ...claimed] };
  });
}

const shownName = (hypervisor: VmView['hypervisor'], vm: string) =>
  hypervisor === 'vmware' ? vm.replace(/^.*\//, '').replace(/\.vmx$/, '') : vm;

/** Why a node cannot tell whether it runs a VM; undefined when it can. */
function whyUnknown(node: NodeView | undefined, hypervisor: VmView['hypervisor']): Unknown | undefined {
  const said = (why: string) => ({ why, isUnsaid: false });
  if (node === undefined) return said('not asked');
  if (node.kind === 'silent') return said('the node does not answer');
  const relevant = node.toolstacks.filter(({ name }) => (name === 'xl') === (hypervisor !== 'vmware'));
  const silent = relevant.find(({ problem }) => problem !== undefined);
  if (silent !== undefined) return said(`${silent.name} does not answer`);
  // libvirt may manage VMs that none of these tools sees.
  if (hypervisor === 'libvirt') return said('libvirt is not asked');
  if (relevant.some(({ installed }) => installed)) return undefined;
  return { why: `no tool for ${hypervisor === 'xen' ? 'Xen' : 'VMware'} is installed there`, isUnsaid: true };
}

/** What differs between the hypervisors and the cluster, the worst first. */
export function differences(vms: readonly VmView[], nodes: ReadonlyMap<string, NodeView>): readonly Difference[] {
  const found = [...vms.flatMap(differencesOf), ...[...nodes].flatMap(([name, node]) => differencesOfNode(name, node))];
  const rank = ({ kind }: Difference) => differenceKinds.indexOf(kind);
  return found.sort((one, other) => rank(one) - rank(other));
}

function differencesOf({ vm, shown, places, belief }: VmView): Difference[] {
  const found: Difference[] = [];
  const report = (kind: Difference['kind'], at: readonly Place[], message: string, remedy: string) => {
    found.push({ kind, vm, nodes: at.map(({ node }) => node), message: `${shown} ${message}`, remedy });
  };
  const living = places.filter(isAlive);
  const list = (at: readonly Place[]) =>
    at.map(({ node, found: one }) => `${node} (${one?.state ?? 'unknown'})`).join(' and ');
  if (living.length > 1) {
    report(
      'runs twice',
      living,
      `runs ${living.length === 2 ? 'twice' : `${living.length} times`}: on ${list(living)}${belief === undefined ? '' : `, and the cluster says ${saying(belief)}`}`,
      'two copies destroy its disks: end the wrong one at once, without a shutdown of the guest',
    );
  }
  if (belief === undefined) {
    const held = places.filter((place) => isAlive(place) || isLeftOver(place));
    if (held.length > 0) {
      report(
        'not managed',
        held,
        `is on ${list(held)}, and no resource manages it`,
        'make it a resource, or end it: the cluster does not count its memory, and may start it elsewhere later',
      );
    }
    return found;
  }
  const isMoving = belief.pending !== undefined || places.some(({ found: one }) => one?.inProgress === true);
  const stray = living.filter(({ node }) => !belief.nodes.includes(node));
  if (stray.length > 0 && living.length === 1 && !isMoving) {
    report(
      'runs, and the cluster does not know',
      stray,
      `is on ${list(stray)}, and the cluster says ${saying(belief)}`,
      `crm_resource --refresh --resource ${belief.resource} lets the cluster look anew`,
    );
  }
  const missing = places.filter(
    (place) => belief.nodes.includes(place.node) && !isAlive(place) && place.unknown === undefined,
  );
  if (missing.length > 0 && !isMoving) {
    const states = missing.flatMap(({ found: one }) => (one === undefined ? [] : [one.state]));
    report(
      'does not run',
      missing,
      `does not run on ${missing.map(({ node }) => node).join(' and ')}${states.length === 0 ? '' : ` (${states.join(', ')})`}, and the cluster says ${saying(belief)}`,
      `its next monitor notices, unless it is not monitored; crm_resource --refresh --resource ${belief.resource}`,
    );
  }
  for (const place of places) {
    if (place.unknown?.isUnsaid !== true) continue;
    report(
      'toolstack does not answer',
      [place],
      `cannot be seen on ${place.node}: ${place.unknown.why}, and the cluster says ${saying(belief)}`,
      'install the tools there, or the PATH of root does not lead to them',
    );
  }
  const copies = places.filter((place) => isLeftOver(place) && !missing.includes(place));
  if (copies.length > 0) {
    report(
      'left over',
      copies,
      `has a copy left over: on ${copies.map((place) => `${place.node} (${place.found?.shown}, ${place.found?.state})`).join(' and ')}`,
      `it holds memory and perhaps the disks; if the VM runs elsewhere: xl destroy ${copies[0]?.found?.id ?? 'ID'} there`,
    );
  }
  return found;
}

const isLeftOver = ({ found }: Place) => found !== undefined && !found.inProgress && leftOver.has(found.state);

/** For example `Started on node1`. */
export const saying = ({ role, nodes }: Belief) => `${role}${nodes.length === 0 ? '' : ` on ${nodes.join(' and ')}`}`;

function differencesOfNode(name: string, node: NodeView): Difference[] {
  if (node.kind === 'silent') {
    if (node.isKnownDown) return [];
    return [
      {
        kind: 'node does not answer',
        vm: undefined,
        nodes: [name],
        message: `${name} did not answer: ${node.why}`,
        remedy: 'what runs there is not known; look at its console, or fence it',
      },
    ];
  }
  return node.toolstacks.flatMap(({ name: tool, problem }) =>
    problem === undefined
      ? []
      : [
          {
            kind: 'toolstack does not answer' as const,
            vm: undefined,
            nodes: [name],
            message: `${tool} on ${name} did not tell its VMs: ${problem}`,
            remedy: `run ${tool} there by hand`,
          },
        ],
  );
}
