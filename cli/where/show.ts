import { printable } from '../printable.ts';
import { type Cell, table } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import { type Difference, isAlive, type NodeView, type Place, saying, type VmView } from './compare.ts';

/** The VMs as a table, then what differs. */
export function show(
  vms: readonly VmView[],
  nodes: ReadonlyMap<string, NodeView>,
  found: readonly Difference[],
  terminal: Terminal,
): string {
  const bad = new Set(
    found.flatMap(({ vm, nodes: at }) => (vm === undefined ? [] : at.map((node) => `${node}:${vm}`))),
  );
  const rows = [...vms]
    .sort((one, other) => one.shown.localeCompare(other.shown))
    .flatMap((view) => placesShown(view).map((place) => rowOf(view, place, bad, terminal)));
  const silent = [...nodes].flatMap(([name, node]) =>
    node.kind === 'silent' && node.isKnownDown ? [`${name} is off, as the cluster knows.\n`] : [],
  );
  return [
    rows.length === 0
      ? 'There are no VMs.\n'
      : table(['VM', 'NODE', 'STATE', 'MIB', 'CPUS', 'RESOURCE', 'CLUSTER'], rows),
    ...silent,
    ...(found.length === 0 ? [] : ['\n']),
    ...found.map((one) => `${heading(one, terminal)} ${printable(one.message)}.\n    ${printable(one.remedy)}\n`),
  ].join('');
}

/** A VM that is off on a node while it is elsewhere is not worth a line. */
function placesShown({ places, belief }: VmView): readonly (Place | undefined)[] {
  const shown = places.filter(
    (place) => place.found === undefined || belief === undefined || !['off', 'saved'].includes(place.found.state),
  );
  return shown.length === 0 ? [undefined] : shown;
}

function rowOf(view: VmView, place: Place | undefined, bad: ReadonlySet<string>, terminal: Terminal): Cell[] {
  const { found } = place ?? {};
  const state = found?.state ?? (place === undefined ? 'not running' : (place.unknown?.why ?? 'not running'));
  const isBad = place !== undefined && bad.has(`${place.node}:${view.vm}`);
  const style = isBad ? 'red' : place !== undefined && isAlive(place) ? 'green' : 'dim';
  return [
    view.shown,
    place?.node ?? '-',
    { text: found?.inProgress === true ? `${state}, under way` : state, style: (text) => terminal.style(style, text) },
    found?.memoryMiB === undefined ? '-' : String(found.memoryMiB),
    found?.vcpus === undefined ? '-' : String(found.vcpus),
    view.belief?.resource ?? '-',
    view.belief === undefined
      ? '-'
      : `${saying(view.belief)}${view.belief.pending === undefined ? '' : `, ${view.belief.pending}`}`,
  ];
}

function heading({ kind }: Difference, terminal: Terminal): string {
  if (kind === 'runs twice') return terminal.style('red', terminal.style('bold', 'RUNS TWICE:'));
  return terminal.style(kind === 'not managed' ? 'yellow' : 'red', `${kind}:`);
}
