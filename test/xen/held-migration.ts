import { setTimeout as later } from 'node:timers/promises';
import type { Host } from './host.ts';

/** Where a migration can be held: see `hold-migration` in the hosts' image. */
export type Point = 'copy' | 'ready' | 'go' | 'report';

/** Who is killed meanwhile; `session` is the sshd of the connection on the target, `link` the cable of the sender. */
export type Victim = 'sender' | 'ssh' | 'receiver' | 'session' | 'link';

/** Lets the next migration from this host stop at a point. */
export async function holdNextMigration(from: Host, point: Point): Promise<void> {
  await from.must(
    `rm -rf /run/hold-migration && mkdir /run/hold-migration && echo ${point} >/run/hold-migration/point`,
  );
}

/** Returns when the migration is held. */
export async function untilHeld(from: Host, timeoutSeconds = 120): Promise<void> {
  const wait = `for i in $(seq ${timeoutSeconds * 4}); do [ -e /run/hold-migration/held ] && exit 0; sleep 0.25; done; exit 1`;
  const { code } = await from.run(wait, { timeout: timeoutSeconds + 10 });
  if (code !== 0) throw new Error(`${from.name}: no migration came to the point where it is to be held`);
  await later(500);
}

/** Lets a held migration go on, and no further one be held. */
export async function release(from: Host): Promise<void> {
  await from.run('rm -rf /run/hold-migration');
}

/** Strikes a migration between two hosts: SIGKILL, the cable, or SIGTERM for the sshd of the connection. */
export async function strike(victim: Victim, from: Host, to: Host): Promise<void> {
  const receiver = "$(pgrep -f '[x]l migrate-receive' | head -n 1)";
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
    case 'session':
      await to.must(`kill -TERM $(ps -o ppid= -p ${receiver})`);
      break;
    case 'link':
      await from.setLink('migration', false);
      break;
  }
}

/** The domains of a host but domain 0, and its xl processes that have to do with them. */
export async function endOf(host: Host): Promise<string> {
  return host.must(
    "timeout 20 xl list | grep -v ^Domain-0; ps -eo stat,args | grep -E '[/]bin/xl (create|restore|migrate)|[l]ibxl-save-helper' || true",
  );
}
