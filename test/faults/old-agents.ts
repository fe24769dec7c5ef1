import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { buildSim } from '../sim/build.ts';
import {
  clearFault,
  createSimHost,
  overlaps,
  readTruth,
  recordHostDown,
  removeSimHost,
  runningCopies,
  runOn,
  type SimHost,
  setFault,
  sshTo,
} from '../sim/control.ts';
import type { Fault } from '../sim/faults.ts';
import { createVmwareHost, plantLock, removeVmwareHost, writeVm } from '../sim/vmware/control.ts';
import type { Violation } from './cluster.ts';

/** One case of an agent that is run as a program. */
interface OldCase {
  readonly agent: string;
  readonly fault: string;
  readonly title: string;
  readonly violations: readonly Violation[];
}

const resourceAgents = '/usr/lib/ocf/resource.d/heartbeat';

/** The faults by the names of the matrix, as the simulated tools play them. */
const faults: Readonly<Record<string, Fault | 'missing' | 'not executable'>> = {
  missing: 'missing',
  'not executable': 'not executable',
  hang: { kind: 'hang' },
  'hang that ignores SIGTERM': { kind: 'hang-hard' },
  garbage: { kind: 'garbage' },
  'garbage and exit 1': { kind: 'garbage-exit-1' },
  'nothing and exit 0': { kind: 'empty' },
  'nothing and exit 1': { kind: 'error', stdout: '', stderr: '', exit: 1 },
  truncated: { kind: 'truncated', bytes: 40 },
  'output without end': { kind: 'flood', mib: 100 },
  'slow by 3x': { kind: 'slow', seconds: 0.3 },
  'killed before it began': { kind: 'killed' },
  'an error that was recorded': { kind: 'error' },
};

const actions = ['probe', 'monitor', 'start', 'stop', 'migrate_to'] as const;
type Action = (typeof actions)[number];
/** Seconds that an action has. Its own pauses last a twentieth of what it asks for. */
const seconds = 3;

/** An old agent on two simulated hosts. */
interface Bench {
  readonly hosts: readonly [SimHost, SimHost];
  readonly tool: string;
  readonly vm: string;
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  readonly start: () => Promise<void>;
  readonly files: () => string;
  readonly remove: () => void;
}

/** The agents of resource-agents through the same faults: each tool broken for one action, and for all that follow. */
export async function* oldCases(every = 1): AsyncGenerator<OldCase> {
  const bin = join(await buildSim('.cache/sim'), '..');
  let number = 0;
  for (const [agent, make, sent] of [
    ['ocf:heartbeat:Xen', xenBench, actions],
    ['ocf:heartbeat:vmware', vmwareBench, actions.slice(0, 4)],
  ] as const) {
    for (const action of sent) {
      for (const [name, fault] of Object.entries(faults)) {
        for (const isLasting of [false, true]) {
          number += 1;
          if (number % every !== 0) continue;
          const bench = await make(bin, number);
          try {
            const violations = await runCase(bench, action, fault, isLasting);
            yield { agent, fault: name, title: `${action}, ${isLasting ? 'lasting' : 'for the action'}`, violations };
          } finally {
            bench.remove();
          }
        }
      }
    }
  }
}

async function runCase(
  bench: Bench,
  action: Action,
  fault: Fault | 'missing' | 'not executable',
  isLasting: boolean,
): Promise<Violation[]> {
  const [here, there] = bench.hosts;
  const found = new Map<string, Violation>();
  const violate = (invariant: Violation['invariant'], text: string) => {
    if (!found.has(invariant)) found.set(invariant, { invariant, text });
  };
  if (action !== 'start') await bench.start();
  const before = bench.files();
  let path = brokenPath(bench, here, fault);
  if (typeof fault !== 'string') setFault(here, bench.tool, fault);
  const send = async (host: SimHost, what: Action | 'migrate_from') => {
    const answer = await run(bench, host, what, host === here ? path : undefined);
    // What was done by itself is written down when somebody looks.
    await later(50);
    const runs = runningCopies(readTruth(here.truth), bench.vm).some((copy) => copy.startsWith(`${host.name}/`));
    const saysStopped = (what === 'stop' && answer.exit === 0) || answer.exit === 7;
    if (saysStopped && what !== 'migrate_to' && runs) violate('b', `${what} says stopped, and the VM runs`);
    const saysRuns = answer.exit === 0 && what !== 'stop' && what !== 'migrate_to';
    if (saysRuns && !runs) violate('b', `${what} says that the VM runs, and it does not`);
    const isFailure = answer.exit !== 0 && !(answer.exit === 7 && (what === 'probe' || what === 'monitor'));
    if (isFailure && !/^ocf-exit-reason:.*\S/m.test(answer.stderr))
      violate('d', `${what}: exit ${answer.exit} without a reason`);
    if (overlaps(readTruth(here.truth)).length > 0) violate('a', `the VM runs twice after ${what}`);
    if (bench.files() !== before) violate('c', `${what} changed a file of the user`);
    return answer.exit;
  };
  const repair = () => {
    path = undefined;
    clearFault(here);
  };
  const stop = async (host: SimHost) => {
    if ((await send(host, 'stop')) === 0) return;
    // The node is fenced.
    recordHostDown(here.truth, host.name);
    fenced.add(host);
  };
  const fenced = new Set<SimHost>();
  const exit = await send(here, action);
  if (!isLasting) repair();
  const isDown = action === 'stop' ? exit === 0 : action === 'probe' && (exit === 7 || exit === 5);
  if (action === 'stop' && exit !== 0) {
    recordHostDown(here.truth, here.name);
    fenced.add(here);
  } else if (action === 'migrate_to' && exit === 0) {
    if ((await send(there, 'migrate_from')) === 0) await stop(here);
    return [...found.values()];
  } else if (!isDown) {
    if (exit === 0) return [...found.values()];
    await stop(here);
    if (action === 'migrate_to') await stop(there);
  }
  await send(there, 'start');
  return [...found.values()];
}

/** A PATH on which the tool is missing or cannot be run. */
function brokenPath(bench: Bench, host: SimHost, fault: Fault | string): string | undefined {
  if (typeof fault !== 'string') return undefined;
  const folder = join(host.dir, 'broken');
  mkdirSync(folder);
  if (fault === 'not executable') writeFileSync(join(folder, bench.tool), '', { mode: 0o644 });
  return `${host.dir}/shims:${folder}:/usr/sbin:/usr/bin:/sbin:/bin`;
}

/** Pauses that last a twentieth, and an ssh that reaches the other host. */
function shims(host: SimHost, ssh: string): void {
  const folder = join(host.dir, 'shims');
  mkdirSync(folder);
  writeFileSync(join(folder, 'sleep'), '#!/bin/sh\nexec /bin/sleep "$(echo "$1" | awk \'{print $1 / 20}\')"\n');
  chmodSync(join(folder, 'sleep'), 0o755);
  symlinkSync(ssh, join(folder, 'ssh'));
}

/** Runs an action; it is killed with its process group when its time is over, as Pacemaker does it. */
async function run(
  bench: Bench,
  host: SimHost,
  action: string,
  path: string | undefined,
): Promise<{ exit: number | undefined; stderr: string }> {
  const env = {
    ...host.env,
    ...bench.env,
    PATH: path ?? `${host.dir}/shims:${host.env['PATH']}`,
    OCF_ROOT: '/usr/lib/ocf',
    OCF_RESOURCE_INSTANCE: 'vm01',
    OCF_RESOURCE_TYPE: 'vm01',
    OCF_RESKEY_CRM_meta_timeout: String(seconds * 1000),
    OCF_RESKEY_CRM_meta_interval: action === 'monitor' ? '10000' : '0',
    OCF_RESKEY_CRM_meta_migrate_target: bench.hosts[1].name,
    OCF_RESKEY_CRM_meta_migrate_source: bench.hosts[0].name,
    HA_LOGFILE: '/dev/null',
  };
  const child = spawn(bench.program, [action === 'probe' ? 'monitor' : action], {
    env,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (piece) => {
    stderr += piece;
  });
  const timer = setTimeout(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }, seconds * 1000);
  const exit = await new Promise<number | undefined>((resolve) =>
    child.once('exit', (code) => resolve(code ?? undefined)),
  );
  clearTimeout(timer);
  child.stderr.destroy();
  return { exit, stderr };
}

async function xenBench(bin: string, number: number): Promise<Bench> {
  const shared = mkdtempSync(join(tmpdir(), 'ocf-virt-old-'));
  const hosts = [1, 2].map((one) => createSimHost({ bin, name: `old${number}-${one}`, shared })) as [SimHost, SimHost];
  const [here, there] = hosts;
  // Hosts on one machine share the process table.
  const vm = `old${number}`;
  const file = join(shared, 'vm.cfg');
  writeFileSync(
    file,
    `name="${vm}"\nmemory=64\nsim_create_seconds="0.01"\nsim_boot_seconds=0\nsim_shutdown_seconds="0.05"\n`,
  );
  shims(here, sshTo(there));
  shims(there, sshTo(here));
  return {
    hosts,
    tool: 'xl',
    vm,
    program: join(resourceAgents, 'Xen'),
    env: { OCF_RESKEY_xmfile: file },
    start: async () => {
      await runOn(here, 'xl', 'create', file);
    },
    files: () => readFileSync(file, 'utf8'),
    remove: () => {
      for (const host of hosts) removeSimHost(host);
      rmSync(shared, { recursive: true, force: true });
    },
  };
}

async function vmwareBench(bin: string, number: number): Promise<Bench> {
  const shared = mkdtempSync(join(tmpdir(), 'ocf-virt-old-'));
  const settings = { vimPowerOnWaits: false };
  const hosts = [1, 2].map((one) => createVmwareHost({ bin, name: `old${number}-${one}`, shared, settings })) as [
    SimHost,
    SimHost,
  ];
  const [here, there] = hosts;
  const file = writeVm(shared, `old${number}`, { 'uuid.action': 'keep', 'msg.autoAnswer': 'TRUE' });
  for (const host of hosts) {
    shims(host, '/bin/false');
    await runOn(host, 'ocf-virt-sim', 'vmware-hostd');
  }
  const lockOfAnother = join(dirname(file), 'other.vmdk.lck/M00760.lck');
  return {
    hosts: [here, there],
    tool: 'vmware-vim-cmd',
    vm: file,
    program: join(resourceAgents, 'vmware'),
    env: { OCF_RESKEY_vmxpath: file, OCF_RESKEY_vimshbin: join(bin, 'vmware-vim-cmd') },
    start: async () => {
      plantLock(join(dirname(file), 'other.vmdk'), { machineName: 'another' });
      await runOn(here, 'vmware-vim-cmd', 'solo/registervm', `"${file}"`);
      await runOn(here, 'vmware-vim-cmd', 'vmsvc/power.on', file);
    },
    // A lock is taken away by its owner alone.
    files: () => (existsSync(lockOfAnother) ? readFileSync(lockOfAnother, 'latin1') : ''),
    remove: () => {
      for (const host of hosts) removeVmwareHost(host);
      rmSync(shared, { recursive: true, force: true });
    },
  };
}
