import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashHostName,
  machineIdOf,
  machineNameHash,
  memberBytes,
  parseLockMember,
} from '../../../../../lib/hypervisor/vmware/lock-member.ts';
import { isMachineNamed, ownerOf } from '../../../../../lib/hypervisor/vmware/lock-owner.ts';
import type { Process } from '../../../../../lib/system/process-table.ts';

const content = (text: string, size = memberBytes) => {
  const bytes = Buffer.alloc(size);
  bytes.write(text);
  return bytes;
};
const id = machineIdOf('node1.example.org', '52:54:00:12:34:56');

describe('a member of a lock', () => {
  it.each([
    [
      `${id} 4711-123456(vmware-vmx) 1 X 123456 lc=123`,
      { pid: 4711, startTicks: 123456, process: 'vmware-vmx', exclusive: true },
    ],
    [
      `${id} 4711-123456(vmware-vmx) 1 S 123456`,
      { pid: 4711, startTicks: 123456, process: 'vmware-vmx', exclusive: false },
    ],
    [`${id} 4711-0 3 X 0 lc=1`, { pid: 4711, startTicks: undefined, process: '', exclusive: true }],
    [`${id} 4711 3 X 99 lc=1`, { pid: 4711, startTicks: 99, process: '', exclusive: true }],
    [`${id} 4711-5(a_b(c)) 3 X 5 lc=1`, { pid: 4711, startTicks: 5, process: 'a_b(c)', exclusive: true }],
  ])('%j is read', (text, expected) => {
    expect(parseLockMember(content(text))).toEqual({ machineId: id, ...expected });
  });

  it.each([
    ['too short', content(`${id} 4711-1 1 X 1 lc=1`, 511)],
    ['too long', content(`${id} 4711-1 1 X 1 lc=1`, 513)],
    ['empty', content('')],
    ['without a creation time', content(`${id} 4711-1 1 X`)],
    ['of no known type', content(`${id} 4711-1 1 Y 1 lc=1`)],
    ['without a number', content(`${id} 4711-1 one X 1 lc=1`)],
    ['with a property that is none', content(`${id} 4711-1 1 X 1 lc=1 more`)],
    ['without a process', content(`${id} me 1 X 1 lc=1`)],
    ['random', Buffer.alloc(memberBytes, 0xff)],
  ])('%s is not understood', (_, bytes) => {
    expect(parseLockMember(bytes)).toBeUndefined();
  });

  it('is read or not, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: memberBytes, maxLength: memberBytes }),
        (bytes) => void parseLockMember(bytes),
      ),
    );
  });
});

describe('the machine id', () => {
  it('is 16 letters that begin with the hash of the name', () => {
    expect(hashHostName('')).toBe(5381);
    expect(hashHostName('a')).toBe(5381 * 33 + 97);
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ minLength: 6, maxLength: 6 }), (name, mac) => {
        const made = machineIdOf(name, [...mac].map((byte) => byte.toString(16).padStart(2, '0')).join(':'));
        expect(made).toMatch(/^[A-Za-z0-9+-]{16}$/);
        expect(machineNameHash(made)).toBe(hashHostName(name));
      }),
    );
  });

  it('of another system, or of another length, has no name', () => {
    for (const text of ['uuid=00-11-22-33-44-55-66-77-88-99-aa-bb-cc-dd-ee-ff', 'AAAA', '', 'AAAAAAAAAAAAAAA/'])
      expect(machineNameHash(text)).toBeUndefined();
    expect(isMachineNamed('', [''])).toBe(false);
  });
});

describe('the owner of a lock', () => {
  const process = (pid: number, startTicks?: number): Process => ({
    pid,
    parent: 1,
    args: ['vmware-vmx'],
    output: '',
    ...(startTicks === undefined ? {} : { startTicks }),
  });
  const member = (machineId: string, pid: number, startTicks: number | undefined) => ({
    machineId,
    pid,
    startTicks,
    process: 'vmware-vmx',
    exclusive: true,
  });

  it.each([
    ['the same machine and process', member(id, 5, 100), [process(5, 100)], 'alive here'],
    ['the same machine, no such process', member(id, 5, 100), [process(6, 100)], 'dead here'],
    ['the same machine, the process began at another time', member(id, 5, 100), [process(5, 101)], 'dead here'],
    ['the same machine, the time was not recorded', member(id, 5, undefined), [process(5, 101)], 'alive here'],
    ['the same machine, the time cannot be read', member(id, 5, 100), [process(5)], 'alive here'],
    [
      'the machine had another name, but the process lives',
      member('AAAAAAAAAAAAAAAA', 5, 100),
      [process(5, 100)],
      'alive here',
    ],
    ['another machine', member('AAAAAAAAAAAAAAAA', 5, 100), [process(5, 101)], 'elsewhere'],
    ['another machine, without a time', member('AAAAAAAAAAAAAAAA', 5, undefined), [process(5)], 'elsewhere'],
    ['a member that cannot be read', undefined, [process(5, 100)], 'undecided'],
  ])('with %s', (_, lock, processes, kind) => {
    expect(ownerOf(lock, { machineIds: [id], processes }).kind).toBe(kind);
  });
});
