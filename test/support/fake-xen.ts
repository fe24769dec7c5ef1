import { sayingClear } from '../../agents/xen/looking-first.ts';
import { stateInList } from '../../lib/hypervisor/xen/xl-look.ts';
import type { Deadline } from '../../lib/ocf/deadline.ts';
import type { Clock } from '../../lib/system/clock.ts';
import type { Process } from '../../lib/system/process-table.ts';
import type { Runner, RunResult } from '../../lib/system/runner.ts';

/** A domain of the fake host, with what its guest does. */
export interface FakeDomain {
  name: string;
  id: number;
  memoryMiB: number;
  vcpus: number;
  /** The State column, for example `-b----`. */
  state: string;
  pauses?: number;
  /** What `xl shutdown` brings: the guest goes, stays, is preserved, or xl refuses. */
  onShutdown?: 'goes' | 'stays' | 'preserved' | 'refused';
  /** Milliseconds until the guest has gone. */
  shutdownMs?: number;
}

/** How a faulty tool answers instead. */
export type Fault = Partial<RunResult> | 'hang';

export interface FakeXen {
  readonly runner: Runner;
  readonly calls: string[];
  readonly domains: Map<string, FakeDomain>;
  readonly processes: Process[];
  readonly killed: [number, NodeJS.Signals][];
  /** Answers by the beginning of a command line, asked before the model is. */
  readonly answers: Map<string, Fault>;
  /** What happens when a command line begins with this, besides its answer; `xl migrate`: when its receiver begins. */
  readonly hooks: Map<string, () => void>;
  /** A fault of every call of a program. */
  readonly faults: Map<string, Fault>;
  add(domain: Partial<FakeDomain>): FakeDomain;
  isAlive(pid: number): boolean;
}

/** A migration that looks at its target first: the target says that it is clear by what `ssh` answers, unless this is given. */
const looksFirst = 'xl migrate -s sh ';

const nobody = { keepers: [], starting: [], leaving: [], receiving: [], receivingAny: [], models: [] };

const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';

const row = ({ name, id, memoryMiB, vcpus, state }: FakeDomain) =>
  `${name.padEnd(40)} ${String(id).padStart(5)} ${String(memoryMiB).padStart(5)} ${String(vcpus).padStart(5)}     ${state}       3.5\n`;

/** A host in memory whose `xl` answers as Xen 4.17's, for tests of what an agent decides. */
export function fakeXen(clock: Clock & { advance(ms: number): void }): FakeXen {
  let lastId = 0;
  const domains = new Map<string, FakeDomain>();
  const leavingAt = new Map<string, number>();
  const add = (domain: Partial<FakeDomain>): FakeDomain => {
    lastId += 1;
    const full = { name: 'vm01', id: lastId, memoryMiB: 128, vcpus: 1, state: '-b----', ...domain };
    domains.set(full.name, full);
    return full;
  };
  const xen: FakeXen = {
    calls: [],
    domains,
    processes: [],
    killed: [],
    answers: new Map(),
    hooks: new Map(),
    faults: new Map(),
    add,
    isAlive: (pid) => {
      goWhoLeaves();
      return xen.processes.some((process) => process.pid === pid);
    },
    runner: {
      query: (program, args, deadline) => answer(program, args, deadline),
      perform: async (program, args, deadline) => answer(program, args, deadline),
      converse: async (program, args, _, deadline) => answer(program, args, deadline),
      launch: async (program, args) => {
        const limit = { remaining: () => 0, passed: false, within: () => limit };
        const result = answer(program, args, limit);
        if (result.outcome === 'missing' || result.outcome === 'denied') throw new Error(`spawn ${program} ENOENT`);
        return {
          pid: 4711,
          output: () => result.stderr,
          ended: async (deadline) => {
            if (result.outcome === 'exited') return result.code;
            clock.advance(deadline.remaining());
            return undefined;
          },
        };
      },
    },
  };

  /** A domain whose guest has powered off takes the process that keeps it along. */
  function goWhoLeaves(): void {
    for (const [name, at] of leavingAt) {
      if (clock.now() < at) continue;
      domains.delete(name);
      leavingAt.delete(name);
      const keeper = xen.processes.findIndex(({ output }) => output.endsWith(`/xl-${name}.log`));
      if (keeper >= 0) xen.processes.splice(keeper, 1);
    }
  }

  function answer(program: string, args: readonly string[], deadline: Deadline): RunResult {
    const line = [program, ...args].join(' ');
    xen.calls.push(line);
    clock.advance(1);
    goWhoLeaves();
    if (!line.startsWith(looksFirst) || xen.answers.has(looksFirst)) return answerOf(program, args, deadline);
    const there = targetOf(args);
    if (there.stderr !== sayingClear) return there;
    const ending = answerOf(program, args, deadline);
    return { ...ending, stderr: `${there.stderr}\n${ending.stderr}` };
  }

  /** What the other end of a migration does before its receiver begins: its list is what `ssh` answers. */
  function targetOf(args: readonly string[]): RunResult {
    xen.hooks.get('ssh')?.();
    const limit = { remaining: () => 0, passed: true, within: () => limit };
    const list = answerOf('ssh', [], limit, []);
    const target = args.at(-2) ?? '';
    const name = [...domains.values()].find(({ id }) => String(id) === target)?.name ?? target;
    const state = stateInList(list, { name, processes: () => nobody });
    if (state.kind === 'absent') return { outcome: 'exited', code: 0, stdout: '', stderr: sayingClear };
    const banner = 'libxl: error: libxl_utils.c:505:libxl_read_exactly: file/stream truncated reading banner';
    return {
      outcome: 'exited',
      code: 1,
      stdout: '',
      stderr: `${list.stderr}${banner} from migration receiver stream\n`,
    };
  }

  function answerOf(
    program: string,
    args: readonly string[],
    deadline: Deadline,
    hooks: Iterable<[string, () => void]> = xen.hooks,
  ): RunResult {
    const line = [program, ...args].join(' ');
    for (const [start, hook] of hooks) if (line.startsWith(start)) hook();
    const given = xen.faults.get(program) ?? [...xen.answers].find(([start]) => line.startsWith(start))?.[1];
    if (given === 'hang') {
      clock.advance(deadline.remaining());
      return { outcome: 'timed-out', code: -1, stdout: '', stderr: '' };
    }
    if (given !== undefined) return { outcome: 'exited', code: 0, stdout: '', stderr: '', ...given };
    if (program !== 'xl') return { outcome: 'missing', code: -1, stdout: '', stderr: '' };
    return { outcome: 'exited', ...xl(args) };
  }

  const ok = (stdout = '') => ({ code: 0, stdout, stderr: '' });
  const error = (stderr: string, code = 1) => ({ code, stdout: '', stderr });

  function xl([verb, ...args]: readonly string[]): Omit<RunResult, 'outcome'> {
    const words = args.filter((word) => !word.startsWith('-'));
    const target = words[0] ?? '';
    if (verb === 'info') return ok('total_memory           : 4096\nfree_memory            : 2048\n');
    if (verb === 'list' && target === '') {
      const dom0 = { name: 'Domain-0', id: 0, memoryMiB: 900, vcpus: 1, state: 'r-----' };
      return ok(header + [dom0, ...domains.values()].map(row).join(''));
    }
    if (verb === 'create') {
      add({});
      return error('Parsing config from file\n', 0);
    }
    const domain = domains.get(target) ?? [...domains.values()].find(({ id }) => String(id) === target);
    if (domain === undefined) return error(`${target} is an invalid domain identifier (rc=-6)\n`);
    switch (verb) {
      case 'list':
        return ok(header + row(domain));
      case 'shutdown':
      case 'trigger':
        return shutdown(domain);
      case 'destroy':
        domains.delete(domain.name);
        return ok();
      case 'unpause':
        domain.pauses = (domain.pauses ?? 1) - 1;
        if (domain.pauses <= 0) domain.state = '-b----';
        return ok();
      case 'save':
        domains.delete(domain.name);
        return ok();
      case 'rename': {
        domains.delete(domain.name);
        domain.name = words[1] ?? '';
        domains.set(domain.name, domain);
        return ok();
      }
      case 'mem-set':
        domain.memoryMiB = Number.parseInt(words[1] ?? '', 10);
        return ok();
      default:
        throw new Error(`the fake xl has no ${verb}`);
    }
  }

  function shutdown(domain: FakeDomain): Omit<RunResult, 'outcome'> {
    switch (domain.onShutdown ?? 'goes') {
      case 'goes':
        leavingAt.set(domain.name, clock.now() + (domain.shutdownMs ?? 300));
        return error('Shutting down domain 1\n', 0);
      case 'stays':
        return error('Shutting down domain 1\n', 0);
      case 'preserved':
        domain.state = '---s--';
        return error('Shutting down domain 1\n', 0);
      case 'refused':
        return error('PV control interface not available: external graceful shutdown not possible.\n');
    }
  }
  return xen;
}
