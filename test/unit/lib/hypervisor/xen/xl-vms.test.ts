import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainsIn, splitVerbose } from '../../../../../lib/hypervisor/xen/xl-vms.ts';
import type { Process } from '../../../../../lib/system/process-table.ts';
import { readRecording } from '../../../../sim/control.ts';
import { printed } from '../../../../support/vmware-recordings.ts';

const uuid = '04812780-6ea4-4681-917d-77d95a590f79';
const header =
  'Name                                        ID   Mem VCPUs\tState\tTime(s)   UUID                            Reason-Code\tSecurity Label\n';
const row = (name: string, id: number, state: string, vcpus = 1) =>
  `${name.padEnd(40)} ${String(id).padStart(5)}   100 ${String(vcpus).padStart(5)}     ${state}       5.7 ${uuid}        -                -\n`;
const dom0 = row('Domain-0', 0, 'r-----');
const list = (...rows: string[]) => printed(header + dom0 + rows.join(''));
const daemon = (name: string, ...words: string[]): Process => ({
  pid: 100,
  parent: 1,
  args: ['/usr/lib/xen-4.17/bin/xl', ...words],
  output: `/var/log/xen/xl-${name}.log`,
});

function vmsOf(answer: Parameters<typeof domainsIn>[0], processes: readonly Process[] = []) {
  const found = domainsIn(answer, processes);
  if ('problem' in found) throw new Error(found.problem);
  return found.vms;
}

describe('the domains of a node', () => {
  it('are all of a recorded list but domain 0, with memory, processors and UUID', () => {
    const { stdout } = readRecording('xl-4.17-list-v', 'xen-recorded');
    expect(vmsOf(printed(stdout))).toEqual([
      {
        toolstack: 'xl',
        vm: 'h1',
        shown: 'h1',
        state: 'running',
        inProgress: false,
        memoryMiB: 100,
        vcpus: 1,
        id: '5',
        uuid,
      },
      expect.objectContaining({ vm: 'h2', state: 'running', uuid: 'a20b6ccf-363f-407b-9782-a8546b20d632' }),
    ]);
  });

  it.each([
    ['g1', '--p---', 'paused'],
    ['g1', '---sc-', 'crashed'],
    ['g1', '---ss-', 'suspending'],
    ['g1', '---s--', 'shutdown'],
    ['g1', '--ps-d', 'dying'],
    ['g1--incoming', '--p---', 'incoming'],
    ['g1--migratedaway', '---ss-', 'migrated-away'],
  ])('the domain %s with the state %s is %s, under its own name', (shown, letters, state) => {
    expect(vmsOf(list(row(shown, 7, letters)))).toEqual([expect.objectContaining({ vm: 'g1', shown, state })]);
  });

  it('that has no name is nobody, unless it is being taken apart', () => {
    expect(vmsOf(list(row('(null)', 7, '--p---'), row('(null)', 8, '--ps-d')))).toMatchObject([
      { vm: '', id: '7', state: 'nameless', inProgress: false },
      { vm: '', id: '8', state: 'dying', inProgress: true },
    ]);
  });

  it('of a migration that goes on is in progress', () => {
    const receiver = { pid: 7, parent: 1, args: ['xl', 'migrate-receive'], output: 'pipe:[1]' };
    expect(vmsOf(list(row('g1--incoming', 7, '--p---')), [receiver])).toMatchObject([{ inProgress: true }]);
  });

  it('that reboots is there by its daemon, with the file that it was made from', () => {
    const processes = [daemon('g1', 'create', '/etc/xen/g1.cfg'), daemon('h1--incoming', 'migrate-receive')];
    expect(vmsOf(list(row('h1', 3, '-b----')), processes)).toMatchObject([
      { vm: 'h1', state: 'running' },
      { vm: 'g1', state: 'rebooting', config: '/etc/xen/g1.cfg' },
    ]);
  });

  it.each([
    ['nothing', printed('')],
    ['no domain 0', printed(header)],
    ['no names', printed(header + row('(null)', 0, 'r-----'))],
    ['an exit code', printed(header + dom0, 1)],
    ['a cut line', printed((header + dom0 + row('g1', 1, '-b----')).slice(0, -60))],
  ])('are not known from an answer with %s', (_, answer) => {
    expect(domainsIn(answer, [])).toEqual({ problem: expect.any(String), notInstalled: false });
  });

  it('keep their names whatever is in them', () => {
    const name = fc
      .stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/)
      .filter((one) => one !== '(null)' && !one.includes('--'));
    fc.assert(
      fc.property(name, (vm) => {
        expect(vmsOf(list(row(vm, 7, '-b----'))).map((one) => [one.vm, one.uuid])).toEqual([[vm, uuid]]);
      }),
    );
  });

  it('without the columns of -v stay as they are', () => {
    const { stdout } = readRecording('xl-4.17-list-all');
    expect(splitVerbose(stdout)).toEqual({ table: stdout, uuids: new Map() });
  });
});
