import { interruptions } from '../interruptions.ts';
import { makeVmx } from '../vmware-vms.ts';
import { eventSince, must, operator, type Stage, secondsBetween } from './stage.ts';

/** Seconds that the simulated VM takes to write its memory to the shared storage, and to read it back. */
const [suspending, resuming] = [2, 2];

/** Configures a VMware VM and starts it. */
export async function startVmware(stage: Stage, vm: string): Promise<void> {
  const { cluster, screen, timeline } = stage;
  const since = Date.now();
  const { there } = makeVmx(cluster, vm, { 'sim.suspendSeconds': suspending, 'sim.resumeSeconds': resuming });
  await operator(
    stage,
    ...['crm', 'configure', 'primitive', vm, 'ocf:virt:VMware', 'params', `vmxpath=${there}`],
    ...['op', 'monitor', 'interval=30s', 'timeout=30s'],
    ...['op', 'migrate_from', 'timeout=600s', 'op', 'migrate_to', 'timeout=600s'],
    ...['op', 'start', 'timeout=600s', 'op', 'stop', 'timeout=600s'],
    ...['meta', 'target-role=started', 'allow-migrate=true'],
  );
  const host = await cluster.waitRunning(vm);
  timeline.add(Date.now(), host, `${vm} (VMware) started`, secondsBetween(since, Date.now()));
  screen.note(`${vm} runs on ${host}`);
}

/** Relocates a VMware VM by hand, and proves that it was suspended and resumed. */
export async function relocate(stage: Stage, vm: string): Promise<void> {
  const { cluster, screen, timeline } = stage;
  const from = await cluster.waitRunning(vm);
  const to = cluster.nodes.find(({ name }) => name !== from)?.name ?? '';
  const since = Date.now();
  await operator(stage, 'crm', 'resource', 'move', vm, to);
  await cluster.waitRunning(vm, { on: to });
  mustBeResumed(stage, vm, from, to, since);
  await operator(stage, 'crm', 'resource', 'clear', vm);
  const still = interruptions(cluster.truth(), vm).find((one) => one.from >= since);
  must(still !== undefined, `${vm} stands still while it moves`, cluster.truth().slice(-8));
  const seconds = still === undefined ? Number.NaN : secondsBetween(still.from, still.to);
  const costs = `stood still for ${seconds.toFixed(1)} s: ${suspending} s suspend, ${resuming} s resume, ${(seconds - suspending - resuming).toFixed(1)} s for all the rest`;
  screen.note(`${vm} ${costs}`);
  timeline.add(Date.now(), to, `${vm} (VMware) relocated from ${from}; ${costs}`, secondsBetween(since, Date.now()));
}

/** A guest that was resumed has what it had in memory; one that was stopped and started would have booted. */
export function mustBeResumed(stage: Stage, vm: string, from: string, to: string, since: number): void {
  const seen = (event: string, on: string) =>
    eventSince(stage, since, (line) => line.event === event && line.name === vm && line.host === on);
  must(seen('saved', from) !== undefined, `${vm} is suspended on ${from}`, stage.cluster.truth().slice(-8));
  must(seen('resumed', to) !== undefined, `${vm} is resumed on ${to}`, stage.cluster.truth().slice(-8));
  const lost = eventSince(
    stage,
    since,
    ({ event, name }) => name === vm && /^(running|shutdown|crashed|destroyed|rebooted)$/.test(event),
  );
  must(lost === undefined, `${vm} neither boots nor goes off`, lost);
  stage.screen.note(`proof: ${vm} was suspended on ${from} and resumed on ${to}; same guest, not rebooted`);
}
