import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as later } from 'node:timers/promises';
import { runFolder } from './cache.ts';
import { powerOff, powerOn, qemuOf } from './power.ts';
import { type HostNumber, readRack } from './rack.ts';

/**
 * A host that is back before its death was noticed reads of its own fencing and stays down ("we were allegedly just
 * fenced"). Booting takes longer than Corosync's token, so no pause is needed.
 */
async function obey(action: string, number: HostNumber): Promise<string> {
  const rack = readRack();
  if (rack === undefined) return 'no hosts';
  if (action === 'status') return qemuOf(number) === undefined ? 'off' : 'on';
  if (action === 'off' || action === 'reboot') await powerOff(rack, number);
  if (action === 'on' || action === 'reboot') await powerOn(rack, number);
  return 'ok';
}

/** One request, "ACTION HOST", on standard input. */
for await (const line of createInterface(process.stdin)) {
  const [action = '', host = ''] = line.trim().split(' ');
  const number = { node1: 1, node2: 2 }[host] as HostNumber | undefined;
  const answer = number === undefined ? `no host ${host}` : await obey(action, number).catch(String);
  appendFileSync(join(runFolder, 'power.log'), `${new Date().toISOString()} ${action} ${host}: ${answer}\n`);
  process.stdout.write(`${answer}\n`);
  // QEMU closes the connection when this program has ended; what was written must be through by then.
  await later(500);
  process.exit(0);
}
