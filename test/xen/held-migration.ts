import { setTimeout as later } from 'node:timers/promises';
import type { Host } from './host.ts';

/** Where a migration can be held: see `hold-migration` in the hosts' image. */
export const points = ['copy', 'ready', 'go', 'report'] as const;
export type Point = (typeof points)[number];

/** Who is killed meanwhile; `agent` is the action, as Pacemaker's timeout kills it, `link` the cable of the sender. */
export const victims = ['sender', 'ssh', 'receiver', 'agent', 'link'] as const;
export type Victim = (typeof victims)[number];

/** Whether a held migration goes on when the victim is dead: what an end said before reaches the other, and xl needs no agent. */
export const goesOnAfter = (point: Point, victim: Victim): boolean =>
  victim === 'sender' || victim === 'agent' || (point === 'report' && victim === 'receiver');

/** Lets the next migration from this host stop at a point. */
export async function holdNextMigration(from: Host, point: Point): Promise<void> {
  await from.must(
    `rm -rf /run/hold-migration && mkdir /run/hold-migration && echo ${point} >/run/hold-migration/point`,
  );
}

/** Returns when the migration is held. */
export async function untilHeld(from: Host, timeoutSeconds = 300): Promise<void> {
  const wait = `for i in $(seq ${timeoutSeconds * 4}); do [ -e /run/hold-migration/held ] && exit 0; sleep 0.25; done; exit 1`;
  const { code } = await from.run(wait, { timeout: timeoutSeconds + 10 });
  if (code !== 0) throw new Error(`${from.name}: no migration came to the point where it is to be held`);
  await later(500);
}

/** Lets a held migration go on, and no further one be held. */
export async function release(from: Host): Promise<void> {
  await from.run('rm -rf /run/hold-migration');
}

const agent = "'[r]esource.d/virt/Xen migrate_to'";

/** Lets the agent stand still, so that what it would mend can be looked at, and go on. */
export async function freezeAgent(on: Host): Promise<void> {
  await on.must(`pkill -STOP -f ${agent}`);
}
export async function thawAgent(on: Host): Promise<void> {
  await on.must(`pkill -CONT -f ${agent}`);
}

/** Returns when xl has ended at the sender, and its other half at the receiver where it can hear of that. */
export async function untilOver(from: Host, to: Host, victim: Victim): Promise<void> {
  const ended = (what: string) => `for i in $(seq 800); do ${what} || exit 0; sleep 0.25; done; exit 1`;
  await from.must(ended("pgrep -f '^[^ ]*/bin/xl migrate -s' >/dev/null"), { timeout: 360 });
  if (victim === 'link') return;
  // The other half that stays is the domain's daemon, and belongs to init.
  await to.must(ended("ps -eo ppid=,args= | grep -q '^ *[0-9][0-9]\\+ [^ ]*[x]l migrate-receive'"), { timeout: 360 });
}

/** Strikes a migration between two hosts that is held at a point: SIGKILL, or the cable. */
export async function strike(victim: Victim, point: Point, from: Host, to: Host): Promise<void> {
  const receiver = "$(pgrep -f '^[^ ]*xl migrate-receive' | head -n 1)";
  switch (victim) {
    case 'sender':
      await from.must("kill -KILL $(pgrep -f '^[^ ]*/bin/xl migrate -s')");
      break;
    case 'ssh':
      await from.must("kill -KILL $(pgrep -f '^[^ ]*python3 [^ ]*hold-migration')");
      break;
    case 'receiver':
      await to.must(`kill -KILL ${receiver}`);
      break;
    case 'agent':
      await from.must(`pkill -KILL -f ${agent}`);
      break;
    case 'link':
      await from.setLink('migration', false);
      // Once the receiver has reported, its ssh has ended as well and hears of no cut: what was on its way is lost with it.
      if (point === 'report') await strike('ssh', point, from, to);
      break;
  }
}

/** The domains of a host but domain 0, and its xl processes that have to do with them. */
export async function endOf(host: Host): Promise<string> {
  return host.must(
    "timeout 20 xl list | grep -v ^Domain-0; ps -eo stat,args | grep -E '[/]bin/xl (create|restore|migrate)|[l]ibxl-save-helper' || true",
  );
}
