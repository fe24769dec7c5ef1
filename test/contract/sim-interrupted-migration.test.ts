import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSim } from '../sim/build.ts';
import {
  createSimHost,
  holdMigrations,
  leaveIncoming,
  overlaps,
  processesOf,
  readTruth,
  removeSimHost,
  runOn,
  type SimHost,
  sshTo,
  writeConfig,
} from '../sim/control.ts';

type Point = 'copy' | 'ready' | 'go' | 'report';
type Victim = 'sender' | 'ssh' | 'session' | 'receiver' | 'nobody';

/** Every recorded interruption: at which message, and who was killed. */
const interruptions: Record<string, readonly [Point, Victim]> = {
  'interrupted-copy-sender': ['copy', 'sender'],
  'interrupted-copy-ssh': ['copy', 'ssh'],
  'interrupted-ready-sender': ['ready', 'sender'],
  'interrupted-ready-sender-2': ['ready', 'sender'],
  'interrupted-ready-sender-3': ['ready', 'sender'],
  'interrupted-ready-ssh-1': ['ready', 'ssh'],
  'interrupted-ready-ssh-2': ['ready', 'ssh'],
  'interrupted-ready-ssh-incoming-left': ['ready', 'ssh'],
  'interrupted-ready-receiver': ['ready', 'receiver'],
  'interrupted-go-sender': ['go', 'sender'],
  'interrupted-go-ssh': ['go', 'ssh'],
  'interrupted-go-ssh-2': ['go', 'ssh'],
  'interrupted-report-ssh': ['report', 'ssh'],
  'held-ready-nobody-killed': ['ready', 'nobody'],
};

/** The same of the other folder of recordings. A session is the sshd of the connection at the target. */
const moreInterruptions: Record<string, readonly [Point, Victim]> = {
  'interrupted-copy-receiver': ['copy', 'receiver'],
  'interrupted-copy-session': ['copy', 'session'],
  'interrupted-ready-session': ['ready', 'session'],
};

/** What a host shows: its domains' names and states, and the xl processes that stayed. */
interface End {
  readonly domains: readonly string[];
  readonly daemons: readonly string[];
}

interface Interruption {
  readonly held: readonly End[];
  readonly after: readonly End[];
  readonly printed: readonly string[];
  readonly exit: number | undefined;
}

function readInterruption(name: string): Interruption {
  const folder = name in interruptions ? 'xen' : 'xen-recorded';
  const text = readFileSync(join(import.meta.dirname, `../fixtures/${folder}/xl-4.17-migrate-${name}.txt`), 'utf8');
  const section = (title: string) => new RegExp(`## ${title}.*\\n([\\s\\S]*?)(?=\\n## |$)`).exec(text)?.[1] ?? '';
  const ends = (table: string) =>
    table
      .split(/^\[node\d\]/m)
      .slice(1)
      .map((part) => ({ domains: rows(part), daemons: daemons(part) }));
  const printed = section('what xl migrate printed')
    .split('\n')
    // The stand-in for ssh says nothing when its other end goes.
    .filter((line) => !/^(Killed|Connection to .* closed by remote host\.\s*)?$/.test(line));
  const exit = printed.find((line) => line.startsWith('exit code: '));
  return {
    held: ends(section('held at')),
    after: ends(section('(?:34|25) s after')),
    printed: printed.filter((line) => line !== exit),
    exit: exit === undefined ? undefined : Number(exit.slice('exit code: '.length)),
  };
}

/** A third domain ran beside in one recording. */
function rows(list: string): string[] {
  return [...list.matchAll(/^(\S+) +\d+ +\d+ +\d+ +([rbpscdw-]{6}) /gm)]
    .filter(([, name]) => name !== 'Domain-0' && name !== 'h96')
    .map(([, name, state]) => `${name} ${state}`);
}

/** The xl processes that stayed, which either kind of recording lists in its own way. */
function daemons(table: string): string[] {
  return (/^xl processes: (.*)/m.exec(table)?.[1]?.split(';') ?? table.split('\n'))
    .filter((process) => !/h96|ssh/.test(process))
    .map((process) => /xl (create|migrate-receive)/.exec(process)?.[1] ?? '')
    .filter(Boolean);
}

async function look(host: SimHost): Promise<End> {
  const { stdout } = await runOn(host, 'xl', 'list');
  return {
    domains: rows(stdout),
    daemons: processesOf(host, /^\S*xl (create|migrate-receive)/).map(
      (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] ?? '',
    ),
  };
}

function kill(victim: Victim, sender: number | undefined, from: SimHost, to: SimHost): void {
  const relays = [from, to].flatMap((host) => processesOf(host, /ocf-virt-sim relay /));
  const receivers = processesOf(to, /^xl migrate-receive/);
  const session = processesOf(to, /ocf-virt-sim relay /);
  const pids = { sender: sender === undefined ? [] : [sender], ssh: relays, session, receiver: receivers, nobody: [] };
  for (const pid of pids[victim]) process.kill(pid, 'SIGKILL');
}

/** Both ends' words in one order: they interleaved differently in each run. */
function words(lines: readonly string[]): string[] {
  return lines
    .map((line) =>
      line
        .replaceAll(/\b(domain|Dom) \d+/gi, '$1 N')
        .replaceAll(/\[\d+\]/g, '[PID]')
        .replaceAll(/(0x3\/0x0)\/\d+/g, '$1/SIZE')
        .replaceAll(/xc: info: (XenStore|Console): .*/g, 'xc: info: $1'),
    )
    .sort();
}

let bin: string;

beforeAll(async () => {
  bin = join(await buildSim('.cache/sim'), '..');
});

describe('An interrupted migration leaves both ends as the real one did', () => {
  for (const [name, [at, victim]] of Object.entries({ ...interruptions, ...moreInterruptions })) {
    it.concurrent(`when ${victim} is killed and ${at} was on its way (${name})`, async () => {
      const recorded = readInterruption(name);
      const shared = mkdtempSync(join(tmpdir(), 'ocf-virt-sim-shared-'));
      const from = createSimHost({ bin, name: 'node1', shared });
      const to = createSimHost({ bin, name: 'node2', shared });
      try {
        const config = writeConfig(
          from,
          'h1',
          'name="h1"\ntype="pvh"\nmemory=96\nsim_boot_seconds=0\nsim_create_seconds="0.01"\n',
        );
        await runOn(from, 'xl', 'create', config);
        holdMigrations(from, at, 2);
        if (/incoming-left|ready-session/.test(name)) leaveIncoming(to);
        const sender = spawn('xl', ['migrate', '-s', sshTo(to), 'h1', 'node2'], {
          env: from.env,
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let printed = '';
        sender.stderr.on('data', (chunk) => {
          printed += chunk;
        });
        const exit = new Promise<number | null>((resolve) => sender.once('exit', resolve));
        while (!existsSync(join(from.dir, 'migrate-held'))) await later(20);
        await later(300);
        expect([(await look(from)).domains, (await look(to)).domains]).toEqual(recorded.held.map((end) => end.domains));
        kill(victim, sender.pid, from, to);
        const code = await exit;
        const busy = () => [from, to].flatMap((host) => processesOf(host, /ocf-virt-sim relay |^xl migrate/));
        for (let wait = 0; busy().length > 0 && wait < 200; wait++) await later(50);
        await later(300);
        expect(code ?? undefined).toBe(recorded.exit);
        if (recorded.after.length > 0) expect([await look(from), await look(to)]).toEqual(recorded.after);
        expect(words(printed.split('\n').filter((line) => line !== ''))).toEqual(words(recorded.printed));
        expect(overlaps(readTruth(from.truth))).toEqual([]);
      } finally {
        removeSimHost(from);
        removeSimHost(to);
        rmSync(shared, { recursive: true });
      }
    });
  }
});
