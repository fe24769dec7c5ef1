import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VmState } from '../../../../../lib/hypervisor/vm-state.ts';
import type { DomainProcesses } from '../../../../../lib/hypervisor/xen/domain-processes.ts';
import { completeList, lookAtDomain, stateInList } from '../../../../../lib/hypervisor/xen/xl-look.ts';
import { fromNow } from '../../../../../lib/system/clock.ts';
import type { RunResult } from '../../../../../lib/system/runner.ts';
import { readRecording } from '../../../../sim/control.ts';
import { fakeClock } from '../../../../support/fake-clock.ts';
import { recordedTables } from '../../../../support/recordings.ts';
import { scriptedRunner } from '../../../../support/scripted-runner.ts';

const header = 'Name                                        ID   Mem VCPUs\tState\tTime(s)\n';
const row = (name: string, state: string, id = 7) =>
  `${name.padEnd(40)} ${String(id).padStart(5)}   128     1     ${state}       3.5\n`;
const dom0 = row('Domain-0', 'r-----', 0);

const none: DomainProcesses = { keepers: [], starting: [], leaving: [], receiving: [], receivingAny: [], models: [] };
const some = (kind: keyof DomainProcesses): DomainProcesses => ({
  ...none,
  [kind]: [{ pid: 100, parent: 1, args: ['xl'], output: '' }],
});

interface World {
  readonly name?: string;
  /** What `xl list NAME` and `xl list` answer. */
  readonly named?: Partial<RunResult>;
  readonly whole?: Partial<RunResult>;
  readonly processes?: DomainProcesses;
  readonly lastId?: number;
}

function look({ name = 'g1', named, whole, processes = none, lastId }: World) {
  const runner = scriptedRunner((program, args) => {
    if (program !== 'xl' || args[0] !== 'list') return undefined;
    return args.length === 1 ? whole : args.length === 2 && args[1] === name ? named : undefined;
  });
  const state = lookAtDomain({ runner, name, processes: () => processes, lastId }, fromNow(1000, fakeClock()));
  return { state, calls: runner.calls.map((call) => call.slice(1).join(' ')) };
}

const answer = (recording: string) => {
  const { stdout, stderr, exit } = readRecording(`xl-4.17-${recording}`);
  return { stdout, stderr, code: exit };
};
const absentName = answer('list-absent');
const listOf = (...rows: string[]) => ({ stdout: header + dom0 + rows.join('') });

describe('one row under the name is all that has to be asked', () => {
  it.each([
    ['list-g1', 'running'],
    ['list-g1-fresh', 'running'],
    ['list-running', 'unasked'],
    ['list-paused', 'paused'],
    ['reboot-list-6', 'running'],
    ['list-after-reboot', 'running'],
    ['list-after-failed-migrate', 'running'],
  ])('recording %s: %s', (recording, kind) => {
    if (kind === 'unasked') {
      // That recording is of the whole list, which is no answer to the question for one domain.
      const whole = answer(recording);
      expect(look({ named: whole, whole }).calls).toEqual(['list g1', 'list']);
      return;
    }
    const { state, calls } = look({ named: answer(recording) });
    expect(state.kind).toBe(kind);
    expect(calls).toEqual(['list g1']);
  });

  it.each<[string, keyof DomainProcesses | undefined, VmState]>([
    ['r-----', undefined, { kind: 'running', id: 7, memoryMiB: 128, vcpus: 1 }],
    ['------', undefined, { kind: 'running', id: 7, memoryMiB: 128, vcpus: 1 }],
    ['--p---', undefined, { kind: 'paused', id: 7 }],
    ['---ss-', undefined, { kind: 'suspending', id: 7, inProgress: false }],
    ['---ss-', 'leaving', { kind: 'suspending', id: 7, inProgress: true }],
    ['---sc-', undefined, { kind: 'crashed', id: 7 }],
    ['---sw-', 'keepers', { kind: 'crashed', id: 7 }],
    ['---s--', undefined, { kind: 'shutdown', id: 7, cleanedUp: false }],
    ['---s--', 'keepers', { kind: 'shutdown', id: 7, cleanedUp: true }],
    ['---s?-', undefined, { kind: 'shutdown', id: 7, cleanedUp: false }],
    ['---sr-', 'keepers', { kind: 'rebooting', id: 7 }],
    ['---sr-', undefined, { kind: 'shutdown', id: 7, cleanedUp: false }],
    ['--ps-d', undefined, { kind: 'dying', id: 7 }],
    ['-----d', 'keepers', { kind: 'dying', id: 7 }],
  ])('%s with the processes %s', (state, kind, expected) => {
    const processes = kind === undefined ? none : some(kind);
    expect(look({ named: { stdout: header + row('g1', state) }, processes }).state).toEqual(expected);
  });
});

/** Every answer to `xl list g1` that is not the domain's row. */
const noRow: Record<string, Partial<RunResult>> = {
  absent: absentName,
  'exit 1 without a word': { code: 1 },
  'no hypervisor interface': { code: 1, stderr: 'cannot init xl context\n' },
  hang: { outcome: 'timed-out' },
  'killed by a signal': { outcome: 'killed', stdout: header + row('g1', '-b----') },
  'exit 0 without a word': {},
  'only the header': { stdout: header },
  'row cut off': { stdout: (header + row('g1', '-b----')).slice(0, -3) },
  'row and exit 1': { code: 1, stdout: header + row('g1', '-b----') },
  'row of another domain': { stdout: header + row('g2', '-b----') },
  'two rows': { stdout: header + row('g1', '-b----') + row('g2', '-b----') },
  garbage: { stdout: '\0\x01garbage\n' },
};

/** Every answer to `xl list`, and what it makes of a domain g1 that the first question did not find. */
const wholeLists: Record<string, [Partial<RunResult>, VmState['kind']]> = {
  'all but g1': [listOf(row('g2', '-b----')), 'absent'],
  'a recorded one without guests': [answer('list-empty'), 'absent'],
  'a recorded one with g1': [answer('list-all'), 'running'],
  'g1 crashed': [listOf(row('g1', '---sc-')), 'crashed'],
  'g1 as it arrives': [listOf(row('g1--incoming', '--p---')), 'incoming'],
  'g1 as it left': [listOf(row('g1--migratedaway', '---ss-')), 'migrated-away'],
  'a domain whose name only begins alike': [listOf(row('g11', '-b----'), row('g1-old', '-b----')), 'absent'],
  'a domain without name': [listOf(row('(null)', '--pssd')), 'absent'],
  'no domain at all': [{ stdout: header }, 'unknown'],
  'no domain 0': [{ stdout: header + row('g2', '-b----') }, 'unknown'],
  'another domain that is called Domain-0': [{ stdout: header + row('Domain-0', '-b----', 3) }, 'unknown'],
  'a line cut off': [{ stdout: listOf(row('g2', '-b----')).stdout.slice(0, -4) }, 'unknown'],
  'an error': [{ code: 1, stderr: 'cannot init xl context\n' }, 'unknown'],
  'a list and exit 1': [{ ...listOf(), code: 1 }, 'unknown'],
  'a list, then a crash': [{ ...listOf(), code: 139 }, 'unknown'],
  'a list, then killed': [{ ...listOf(), outcome: 'killed' }, 'unknown'],
  'a list, then a hang': [{ ...listOf(), outcome: 'timed-out' }, 'unknown'],
  'more than anybody reads': [{ ...listOf(), outcome: 'flooded' }, 'unknown'],
  'permission denied': [{ outcome: 'denied' }, 'unknown'],
  nothing: [{}, 'unknown'],
  garbage: [{ stdout: 'Id Name State\n' }, 'unknown'],
  'a warning before the list': [{ stdout: `warning\n${listOf().stdout}` }, 'unknown'],
  'a warning within the list': [{ stdout: `${listOf().stdout}libxl: error\n` }, 'unknown'],
};

describe.each(Object.entries(noRow))('when xl list g1 gives: %s', (_, named) => {
  it.each(Object.entries(wholeLists))('and xl list gives: %s', (_, [whole, kind]) => {
    const { state, calls } = look({ named, whole });
    expect(state.kind).toBe(kind);
    expect(calls).toEqual(['list g1', 'list']);
    if (state.kind === 'unknown') expect(state.why).toMatch(/^xl list /);
  });
});

describe('xl that is not installed', () => {
  it('is told so by the first question, and no second one is asked', () => {
    const { state, calls } = look({ named: { outcome: 'missing' } });
    expect(state).toEqual({ kind: 'unknown', why: 'xl is not installed', notInstalled: true });
    expect(calls).toHaveLength(1);
  });

  it('is told so by the second question too', () => {
    expect(look({ named: absentName, whole: { outcome: 'missing' } }).state).toMatchObject({ notInstalled: true });
  });

  it('is not the same as xl that fails', () => {
    expect(look({ named: absentName, whole: { code: 127 } }).state).toMatchObject({ notInstalled: false });
  });
});

describe('a name', () => {
  it.each(['7', '007', '0'])('of digits, %s, is not asked for: xl would take it for an id', (name) => {
    const { state, calls } = look({ name, whole: listOf(row(name, '-b----', 12)) });
    expect(state).toMatchObject({ kind: 'running', id: 12 });
    expect(calls).toEqual(['list']);
  });

  it('of digits that is only the id of another domain is absent', () => {
    expect(look({ name: '7', whole: listOf(row('other', '-b----', 7)) }).state).toEqual({ kind: 'absent' });
  });

  it('with blanks is one argument and is found', () => {
    const { state, calls } = look({ name: 'my vm', named: { stdout: header + row('my vm', '-b----') } });
    expect(state.kind).toBe('running');
    expect(calls).toEqual(['list my vm']);
  });
});

describe('a copy of the domain', () => {
  it('that arrives tells its memory, and whether anybody still sends it', () => {
    const whole = listOf(row('g1--incoming', '--p---'));
    expect(look({ named: absentName, whole }).state).toEqual({
      kind: 'incoming',
      id: 7,
      memoryMiB: 128,
      inProgress: false,
    });
    expect(look({ named: absentName, whole, processes: some('receiving') }).state).toMatchObject({ inProgress: true });
  });

  it('that left tells whether its migration still goes on', () => {
    const whole = listOf(row('g1--migratedaway', '---ss-'));
    expect(look({ named: absentName, whole }).state).toMatchObject({ kind: 'migrated-away', inProgress: false });
    expect(look({ named: absentName, whole, processes: some('leaving') }).state).toMatchObject({ inProgress: true });
  });

  it('counts less than the domain under its own name', () => {
    const whole = listOf(row('g1--incoming', '--p---', 8), row('g1--migratedaway', '---ss-', 9), row('g1', '-b----'));
    expect(look({ named: absentName, whole }).state).toMatchObject({ kind: 'running', id: 7 });
  });
});

describe('a domain without name', () => {
  const whole = listOf(row('(null)', '--pssd', 7));

  it('is the one that was seen last under its id, and is dying', () => {
    expect(look({ named: absentName, whole, lastId: 7 }).state).toEqual({ kind: 'dying', id: 7 });
  });

  it('is somebody else under another id', () => {
    expect(look({ named: absentName, whole, lastId: 8 }).state).toEqual({ kind: 'absent' });
  });
});

it('a domain that is gone while its xl process lives is rebooting', () => {
  for (const gap of ['reboot-list-1', 'reboot-list-2', 'reboot-list-3']) {
    const world = { named: answer(gap), whole: answer('list-empty') };
    expect(look({ ...world, processes: some('keepers') }).state).toEqual({ kind: 'rebooting' });
    expect(look(world).state).toEqual({ kind: 'absent' });
  }
});

it('a list without domain 0 is not complete, as recorded during migrations', () => {
  const result = { outcome: 'exited', code: 0, stderr: '' } as const;
  for (const { text } of recordedTables()) {
    const rows = completeList({ ...result, stdout: text });
    expect('why' in rows).toBe(!text.includes('Domain-0'));
  }
});

it('nothing but a complete list without the domain gives "absent", whatever else xl prints', () => {
  const line = fc.constantFrom(
    dom0,
    header,
    row('g1', '-b----'),
    row('g2', '-b----'),
    row('g1--incoming', '--p---'),
    '\n',
    'x\n',
  );
  const result = fc.record({
    outcome: fc.constantFrom<RunResult['outcome']>('exited', 'exited', 'timed-out', 'flooded', 'killed', 'denied'),
    code: fc.constantFrom(0, 0, 1, 2, 139),
    stdout: fc.array(line, { maxLength: 5 }).map((lines) => lines.join('')),
    stderr: fc.constantFrom('', 'g1 is an invalid domain identifier (rc=-6)\n'),
  });
  fc.assert(
    fc.property(result, fc.nat(), (given, cut) => {
      const answered = { ...given, stdout: cut % 3 === 0 ? given.stdout.slice(0, cut % 200) : given.stdout };
      const state = stateInList(answered, { name: 'g1', processes: () => none });
      const { outcome, code, stdout } = answered;
      const complete = outcome === 'exited' && code === 0 && stdout.startsWith(header) && stdout.endsWith('\n');
      const lines = stdout.split('\n').slice(1, -1);
      const clean = lines.every((text) => [dom0, row('g2', '-b----')].includes(`${text}\n`));
      const isAbsent = complete && clean && lines.includes(dom0.trimEnd());
      expect(state.kind === 'absent').toBe(isAbsent);
    }),
    { numRuns: 3000 },
  );
});
