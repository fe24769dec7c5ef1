import { type Measured, programList } from './agents.ts';
import { type Bar, barChart } from './chart.ts';
import type { Evaluation } from './evaluation.ts';
import type { WatchCost } from './idle.ts';
import { vms } from './idle.ts';
import { table } from './page.ts';
import { floorTitles, smallPages } from './subjects.ts';

/** What every agent of a group is compared with. */
const references: Readonly<Record<string, string>> = {
  floor: 'ocf:heartbeat:Xen',
  Xen: 'ocf:heartbeat:Xen',
  VMware: 'ocf:heartbeat:vmware',
};

const find = (all: readonly Measured[], title: string, action: string) => {
  const found = all.find(({ subject }) => subject.title === title && subject.action === action);
  if (found === undefined) throw new Error(`${title} ${action} was not measured`);
  return found;
};

/** The tables of all actions, a picture of the monitors, and how far the aims are reached. */
export function agentReport(all: readonly Measured[]): { readonly text: string; readonly picture: string } {
  const head = ['action', '', 'wall ms', 'ratio', 'CPU ms', 'ratio', 'programs', 'KiB read', 'peak MiB', 'runs'];
  const rowsOf = (group: string) => {
    const own = all.filter(({ subject }) => subject.group === group);
    const actions = [...new Set(own.map(({ subject }) => subject.action))];
    return actions.flatMap((action) =>
      own
        .filter(({ subject }) => subject.action === action)
        .map((measured, index) => {
          const { subject, wallMs, cpuMs, programs, bytesRead, rssMiB, runs } = measured;
          const { wall, cpu } = ratios(all, measured);
          return [
            ...[index === 0 && group !== 'floor' ? action : '', subject.title],
            ...[wallMs.toFixed(1), wall.toFixed(2), cpuMs.toFixed(1), cpu.toFixed(2)],
            ...[String(programs.length), (bytesRead / 1024).toFixed(0), rssMiB.toFixed(0), String(runs)],
          ];
        }),
    );
  };
  const bars = all
    .filter(({ subject }) => subject.action === 'monitor' && !subject.title.includes(', '))
    .map((measured): Bar => ({ title: measured.subject.title, ...ratios(all, measured) }));
  const text = `${aims(all)}
${table(head, rowsOf('floor'))}
The ratios of these are to a monitor of ocf:heartbeat:Xen.

${table(head, rowsOf('Xen'))}
${table(head, rowsOf('VMware'))}`;
  return { text, picture: barChart('A monitor of a running VM, as part of that of the old agent', bars) };
}

function ratios(all: readonly Measured[], { subject, wallMs, cpuMs }: Measured) {
  const reference = find(all, references[subject.group] ?? '', subject.action);
  return { wall: wallMs / reference.wallMs, cpu: cpuMs / reference.cpuMs };
}

function aims(all: readonly Measured[]): string {
  const own = find(all, 'ocf:virt:Xen', 'monitor');
  const floor = find(all, floorTitles.runtimeAndExec, 'monitor');
  const { wall, cpu } = ratios(all, own);
  const small = ratios(all, find(all, smallPages, 'monitor'));
  const times = own.wallMs / floor.wallMs;
  return `A monitor of ocf:virt:Xen takes ${wall.toFixed(2)} of the wall time and ${cpu.toFixed(2)} of the CPU time of one of
ocf:heartbeat:Xen, and ${times.toFixed(2)} times that of the bare native runtime with one exec. With its executable in small pages it takes
${small.wall.toFixed(2)} and ${small.cpu.toFixed(2)}.
`;
}

/** What each action of the native form evaluates and loads. */
export function evaluationReport(evaluations: readonly Evaluation[]): string {
  return table(
    ['', 'programs', 'modules', 'KiB of bytecode', 'parts'],
    evaluations.map(({ action, programs, modules, bytecode, parts }) => [
      ...[
        action,
        programList(programs) || 'none',
        String(modules.length),
        (bytecode / 1024).toFixed(0),
        parts.join(', '),
      ],
    ]),
  );
}

/** What 100 VMs of a node cost in an hour in which nothing happens. */
export function idleReport(all: readonly Measured[], { daemonPerHour, monitor }: WatchCost): string {
  const one = (title: string) => find(all, title, 'monitor').cpuMs;
  const perHour = (ms: number, intervalSeconds: number) => (ms * 3600) / intervalSeconds;
  const old = vms * perHour(one('ocf:heartbeat:Xen'), 10);
  const watching = daemonPerHour + perHour(monitor, 20);
  const rows = {
    'ocf:heartbeat:Xen every 10 s': old,
    'ocf:virt:Xen every 10 s': vms * perHour(one('ocf:virt:Xen'), 10),
    'ocf:virt:Xen every 60 s, and VMWatch': vms * perHour(one('ocf:virt:Xen'), 60) + watching,
    'of these, VMWatch with its own monitors': watching,
  };
  return table(
    [`${vms} VMs of a node, nothing happens`, 'CPU seconds an hour', 'ratio'],
    Object.entries(rows).map(([title, ms]) => [title, (ms / 1000).toFixed(0), (ms / old).toFixed(2)]),
  );
}
