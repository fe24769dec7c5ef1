import { readFileSync } from 'node:fs';
import { buildSim } from '../sim/build.ts';
import { overlaps } from '../sim/control.ts';
import { buildAgents, isStale } from './build-agents.ts';
import { configureAndStart } from './demo/configure.ts';
import { crashNode } from './demo/crash.ts';
import { guestPanics } from './demo/death.ts';
import { drainAndReturn, migrateLive } from './demo/migrate.ts';
import { compared, oldAgentOutage, toolstackOutage } from './demo/outage.ts';
import { relocate, startVmware } from './demo/relocate.ts';
import { writeReport } from './demo/report.ts';
import { createScreen, table } from './demo/screen.ts';
import { must, type Stage } from './demo/stage.ts';
import { createTimeline } from './demo/timeline.ts';
import { startXenCluster } from './xen-cluster.ts';

// npm run demo [-- --compare]: the main job of the agents on a real three-node cluster, in about three minutes.

const xenVms = ['vm01', 'vm02'] as const;
const vmwareVm = 'vm03';
const vms = [...xenVms, vmwareVm] as const;
const usage =
  'usage: npm run demo [-- --compare]\n--compare  let ocf:heartbeat:Xen go through the same toolstack outage as well';

async function demo(compare: boolean): Promise<void> {
  const screen = createScreen();
  const timeline = createTimeline();
  screen.heading('ocf:virt:Xen and ocf:virt:VMware on a three-node Pacemaker cluster');
  screen.print(
    'Real: corosync, Pacemaker, crmsh, ssh, fencing. Simulated: xl, from recordings of Xen 4.17, vmware-vim-cmd, guests.',
  );
  screen.print('The cluster lives in namespaces of its own; Ctrl-C takes it down and leaves nothing.\n');

  if (isStale()) await screen.step('build the agents', buildAgents);
  await screen.step('build the simulated hypervisors', () => buildSim('.cache/sim'));
  const cluster = await screen.step('start three nodes', () => startXenCluster({ name: 'demo', tokenMs: 2000 }));
  try {
    const stage: Stage = { cluster, screen, timeline };
    timeline.add(Date.now(), 'all', 'three nodes online, with quorum and fencing');
    screen.note(await versions(stage));
    const act = <T>(title: string, work: () => Promise<T>) => {
      screen.heading(title);
      timeline.part(title);
      return screen.step(title, work);
    };
    await act('Start of two Xen VMs', () => configureAndStart(stage, xenVms));
    await act('Live migration', () => migrateLive(stage, xenVms[0]));
    await act('Start of a VMware VM', () => startVmware(stage, vmwareVm));
    await act('Relocation of the VMware VM by suspend and resume', () => relocate(stage, vmwareVm));
    await act('Maintenance of a node: standby and online', () => drainAndReturn(stage, xenVms, vmwareVm));
    await act('Panic of a guest, with VMWatch', () => guestPanics(stage, xenVms[0]));
    await act('Crash of a node', () => crashNode(stage, vms));
    const ours = await act('Toolstack of a node stops working', () => toolstackOutage(stage, vms));
    const wholeRun = overlaps(cluster.truth()).filter(({ name }) => vms.some((vm) => vm === name));
    must(wholeRun.length === 0, 'no VM ran twice at any time', wholeRun);
    const truth = cluster.truth();
    const page = await act('Report', () => writeReport(stage));
    let sideBySide: string[][] = [];
    if (compare) {
      await cluster.waitOnline();
      const old = await act('The same outage with ocf:heartbeat:Xen', () => oldAgentOutage(stage, 'old01'));
      sideBySide = compared(ours, old);
    }

    screen.heading('Timeline');
    for (const line of timeline.render()) screen.print(line);
    screen.heading('How long the VMs stood still');
    for (const line of timeline.renderInterruptions(truth, vms)) screen.print(line);
    screen.print('A real live migration stands still longer: here no memory is copied while the guest is suspended.');
    screen.print(
      'A VMware VM stands still for its suspend and its resume, which take the time to write and to read its memory.',
    );
    if (sideBySide.length > 0) {
      screen.heading('Side by side');
      for (const line of table(sideBySide)) screen.print(line);
    }
    screen.print(`\n${screen.green('Every step happened, and no VM of ocf:virt ever ran twice.')}`);
    screen.print(`The history of the VMs, for a browser: ${page}`);
    screen.print('Next: README.md, "Install" and "The first VM"; every parameter: docs/Xen.md, docs/VMware.md.');
    if (!compare) screen.print('What the old agent does in the same outage: npm run demo -- --compare');
  } finally {
    await screen.step('take the cluster down', () => cluster.down());
  }
}

async function versions({ cluster }: Stage): Promise<string> {
  const node = cluster.anyNode();
  const first = async (...argv: string[]) => (await node.exec(argv)).stdout.split('\n')[0]?.replace(/'/g, '') ?? '';
  const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));
  return [
    `ocf-virt ${version}`,
    await first('pacemakerd', '--version'),
    await first('corosync', '-v'),
    await first('crm', '--version'),
  ]
    .filter((text) => text !== '')
    .join('; ');
}

const words = process.argv.slice(2);
if (words.some((word) => word !== '--compare')) {
  console.error(usage);
  process.exitCode = words.includes('--help') ? 0 : 2;
} else {
  try {
    await demo(words.includes('--compare'));
  } catch (error) {
    console.error(`\nThe demo failed. ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
