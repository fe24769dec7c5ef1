import { addressOf } from '../network.ts';
import { mustBeResumed } from './relocate.ts';
import { eventSince, must, operator, type Stage, secondsBetween } from './stage.ts';

/** Moves a VM by hand and proves that its memory went over the migration network and that the guest did not notice. */
export async function migrateLive(stage: Stage, vm: string): Promise<void> {
  const { cluster, timeline } = stage;
  const from = await cluster.waitRunning(vm);
  const to = cluster.nodes.find(({ name }) => name !== from && name !== cluster.hostOf('vm02'))?.name ?? '';
  const since = Date.now();
  await operator(stage, 'crm', 'resource', 'move', vm, to);
  await cluster.waitRunning(vm, { on: to });
  mustBeLive(stage, vm, from, to, since);
  await operator(stage, 'crm', 'resource', 'clear', vm);
  timeline.add(Date.now(), to, `${vm} migrated live from ${from}`, secondsBetween(since, Date.now()));
}

/** Drains a node, takes it back, and brings a VM home. */
export async function drainAndReturn(
  stage: Stage,
  xenVms: readonly [string, ...string[]],
  vmwareVm: string,
): Promise<void> {
  const { cluster, timeline, screen } = stage;
  const [vm] = xenVms;
  const node = await cluster.waitRunning(vm);
  const guests = [...xenVms, vmwareVm].filter((one) => cluster.hostOf(one) === node);
  const since = Date.now();
  await operator(stage, 'crm', 'node', 'standby', node);
  for (const guest of guests) {
    const to = await cluster.waitRunning(guest, { notOn: node });
    if (guest === vmwareVm) mustBeResumed(stage, guest, node, to, since);
    else mustBeLive(stage, guest, node, to, since);
  }
  const drained = Date.now();
  timeline.add(
    drained,
    node,
    `drained for maintenance: ${guests.join(' and ')} left, none was stopped`,
    secondsBetween(since, drained),
  );
  await operator(stage, 'crm', 'node', 'online', node);
  await cluster.waitOnline();
  screen.note(`${node} is back; ${vm} goes home, live`);
  const from = await cluster.waitRunning(vm);
  const homeward = Date.now();
  await operator(stage, 'crm', 'resource', 'move', vm, node);
  await cluster.waitRunning(vm, { on: node });
  mustBeLive(stage, vm, from, node, homeward);
  await operator(stage, 'crm', 'resource', 'clear', vm);
  timeline.add(Date.now(), node, `back in service: ${vm} returned live`, secondsBetween(homeward, Date.now()));
}

/**
 * The receiver writes down the server address of its ssh session (SSH_CONNECTION): it must be the one of the migration
 * network. A guest that was stopped and started instead would have another uuid: it gets a new one at each creation.
 */
function mustBeLive(stage: Stage, vm: string, from: string, to: string, since: number): void {
  const { cluster, screen } = stage;
  const number = cluster.nodes.findIndex(({ name }) => name === to) + 1;
  const wanted = addressOf(number, 'migration');
  const arrival = eventSince(
    stage,
    since,
    ({ event, name, host }) => event === 'received' && name === vm && host === to,
  );
  const address = arrival?.detail?.['to'];
  must(address === wanted, `${vm} arrives on ${to} by an ssh session to ${wanted}, its migration address`, arrival);
  const departure = eventSince(
    stage,
    since,
    ({ event, name, host }) => event === 'suspended' && name === vm && host === from,
  );
  must(departure?.uuid === arrival?.uuid, `${vm} is the same guest as before, not one started anew`, {
    departure,
    arrival,
  });
  const ended = eventSince(
    stage,
    since,
    ({ event, name }) => name === vm && /^(shutdown|crashed|rebooted)$/.test(event),
  );
  must(ended === undefined, `${vm} neither stops nor reboots`, ended);
  screen.note(
    `proof: ${to} received ${vm} in an ssh session to ${address} (eth1, not eth0 ${addressOf(number, 'cluster')}); same guest, not rebooted`,
  );
}
