import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDatastoreLines, parseInventory, summaryOf } from '../../../../../lib/hypervisor/vmware/vim-cmd-look.ts';
import { parseList, stateByVmrun } from '../../../../../lib/hypervisor/vmware/vmrun-look.ts';
import { resultOf, stateByVmwareCmd } from '../../../../../lib/hypervisor/vmware/vmware-cmd-look.ts';
import { complained, printed, recordedParts, recordedText } from '../../../../support/vmware-recordings.ts';

const files = readdirSync('test/fixtures/vmware').filter((file) => /^[a-e]\d\d/.test(file));
const entry = { id: '496', file: '[nfs-datastore] vm-ark-mcnc-9_234-v12/vm-ark-mcnc-9_234-v12.vmx' };

describe('vmware-cmd getstate', () => {
  it.each([
    ['on', { kind: 'running' }],
    ['off', { kind: 'off', registered: true }],
    ['suspended', { kind: 'suspended', registered: true }],
    ['stuck', { kind: 'asking' }],
  ])('%s, with noise before it', (word, expected) => {
    for (const noise of ['', 'Warning: something\n', 'getstate() = unheard\n', '\n']) {
      for (const end of ['\n', '\r\n', '']) {
        expect(stateByVmwareCmd(printed(`${noise}getstate() = ${word}${end}`))).toEqual(expected);
      }
    }
  });

  it('of a VM that is not registered is "off" only with the text and its exit code', () => {
    const text = recordedText('a06-vmware-cmd-error-11-not-registered-quoted-spaces.txt');
    expect(stateByVmwareCmd(complained(text, 11))).toEqual({ kind: 'off', registered: false });
    for (const code of [0, 1, 14, 255]) expect(stateByVmwareCmd(complained(text, code)).kind).toBe('unknown');
  });

  it('with any other error is unknown', () => {
    for (const file of files.filter((name) => /^a0[2-57]/.test(name))) {
      for (const line of recordedText(file).trimEnd().split('\n')) {
        for (const code of [0, 1, 8, 20, 7])
          expect(stateByVmwareCmd(complained(`${line}\n`, code)).kind).toBe('unknown');
      }
    }
  });

  it('with a question in the way asks', () => {
    const text = 'VMControl error -16: Virtual machine requires user input to continue\n';
    expect(stateByVmwareCmd(complained(text, 16)).kind).toBe('asking');
  });

  it('finds the value of every recorded success', () => {
    for (const line of recordedText('a01-vmware-cmd-success-lines.txt').trimEnd().split('\n'))
      expect(resultOf(`${line}\n`, line.slice(0, line.indexOf('(')))).toBe(line.split(' = ')[1]);
    const config = recordedText('a08-esx3-list-getstate-getconfig.txt');
    expect(resultOf(config, 'getconfig')).toBe('cdrom-raw');
  });
});

describe('vmware-vim-cmd get.summary', () => {
  const text = recordedText('c08-get-summary.txt');

  it('names the state and the file of the VM', () => {
    const seen = summaryOf(printed(text));
    if (!('file' in seen)) throw new Error('not understood');
    expect(seen.file).toBe(entry.file);
    expect(seen.state(entry)).toEqual({ kind: 'running', entry });
    const state = (from: string, to: string) => {
      const other = summaryOf(printed(`Warning: noise\n${text.replace(from, to)}`));
      return 'file' in other ? other.state(entry).kind : 'not understood';
    };
    expect(state('"poweredOn"', '"poweredOff"')).toBe('off');
    expect(state('"poweredOn"', '"suspended"')).toBe('suspended');
    expect(state('"poweredOn"', '"poweringOn"')).toBe('not understood');
    expect(state('QuestionInfo) null,', 'QuestionInfo) {\n        id = "12",\n     },')).toBe('asking');
    expect(state('annotation = "",', 'annotation = "\n  powerState = "poweredOff",\n",')).toBe('not understood');
    expect(state('annotation = "",', 'annotation = "\n  vmPathName = "[x] y.vmx",\n",')).toBe('not understood');
  });

  it('that is cut off anywhere is not understood', () => {
    for (let length = 0; length < text.trimEnd().length; length += 1)
      expect('why' in summaryOf(printed(text.slice(0, length)))).toBe(true);
  });

  it('of no such VM says that it is gone, and every other fault says nothing', () => {
    const [notFound = '', noSuchVm = ''] = recordedParts('c05-register-unregister-faults.txt');
    expect(summaryOf(printed(noSuchVm, 1))).toEqual({ gone: true });
    expect('why' in summaryOf(printed(notFound, 1))).toBe(true);
    const [deleted = ''] = recordedParts('c09-tasks-and-managedobjectnotfound.txt');
    expect(summaryOf(printed(deleted))).toEqual({ gone: true });
    for (const line of recordedText('c12-login-errors.txt').trimEnd().split('\n'))
      expect('why' in summaryOf(printed(`${line}\n`))).toBe(true);
  });
});

describe('vmware-vim-cmd getallvms', () => {
  it('has a row for each VM, whatever its name and annotation are', () => {
    const inventory = parseInventory(printed(recordedText('c01-getallvms-vcl-server2-esx.txt')));
    if (!('rows' in inventory)) throw new Error(inventory.why);
    expect(inventory.rows.map(({ id }) => id)).toEqual(['496', '512']);
    expect(inventory.rows[0]?.text).toContain(entry.file);
  });

  it('of a host without VMs is the header alone', () => {
    const header = recordedText('c10-esxi7-8-empty-and-guest.txt').split('\n')[1] ?? '';
    expect(parseInventory(printed(`${header}\n`))).toEqual({ rows: [] });
    expect('why' in parseInventory(printed(header))).toBe(true);
    expect('why' in parseInventory(printed(`${header}\n`, 1))).toBe(true);
    expect('why' in parseInventory({ ...printed(`${header}\n`), stderr: 'Failed to login: x\n' })).toBe(true);
  });

  it('tells of invalid VMs besides', () => {
    const header = recordedText('c10-esxi7-8-empty-and-guest.txt').split('\n')[1] ?? '';
    const text = `Skipping invalid VM '16'\n${header}\n32     a   [standard] a/a.vmx   otherGuest   vmx-07   \n`;
    expect(parseInventory(printed(text))).toMatchObject({ rows: [{ id: '32' }] });
  });

  it('every recorded text without a whole inventory says nothing', () => {
    for (const file of files.filter((name) => !/^(c01|c02|c10)/.test(name)))
      expect('why' in parseInventory(printed(recordedText(file)))).toBe(true);
  });

  it('the folders of datastores are read from their lines', () => {
    const found = parseDatastoreLines(recordedText('c02-esxi-one-vm-session.txt'));
    expect([...found]).toEqual([['LocalDatastore_001', '/vmfs/volumes/54d15e2c-eeeeeeee-9cff-080027b1c126']]);
  });
});

describe('vmrun list', () => {
  const linux = recordedText('b03-vmrun-list.txt').split('\n').slice(1, 3).join('\n');
  const windows = recordedText('b03-vmrun-list.txt').split('\n').slice(4, 6).join('\r\n');

  it('has the paths of the VMs that run, with noise before them', () => {
    const noise = recordedText('b11-checktools-and-noise.txt').split('\n').slice(3, 5).join('\n');
    const path = '/home/piperw/OSWorld/vm_data/Ubuntu0/Ubuntu0/Ubuntu0.vmx';
    expect(parseList(printed(`${noise}\n${linux}\n`))).toEqual({ paths: [path] });
    expect(parseList(printed(`${windows}\r\n`))).toMatchObject({ paths: [expect.stringContaining('D:\\')] });
    expect(stateByVmrun(printed(`${linux}\n`), (paths) => paths.includes(path))).toEqual({ kind: 'running' });
    expect(stateByVmrun(printed(`${linux}\n`), () => false)).toEqual({ kind: 'off', registered: undefined });
    expect(parseList(printed('Total running VMs: 0\n'))).toEqual({ paths: [] });
  });

  it('that is cut off, or has an exit code, says nothing', () => {
    const whole = `Total running VMs: 2\n/vms/a.vmx\n/vms/b.vmx\n`;
    for (let length = 0; length < whole.indexOf('/vms/b') + 1; length += 1)
      expect('why' in parseList(printed(whole.slice(0, length)))).toBe(true);
    expect('why' in parseList(printed(whole, 255))).toBe(true);
  });

  it('with an error says nothing, with whatever exit code', () => {
    for (const file of files.filter((name) => /^b0[4-9]/.test(name))) {
      for (const line of recordedText(file)
        .split('\n')
        .filter((text) => /^Error:/.test(text))) {
        for (const code of [0, 255]) {
          expect(stateByVmrun(printed(`${line}\n`, code), () => false).kind).toBe('unknown');
          expect(stateByVmrun(printed(`Total running VMs: 0\n${line}\n`, code), () => false).kind).toBe('unknown');
        }
      }
    }
  });
});

it('whatever a tool prints, "off" is never made of it by accident', () => {
  const lines = files.flatMap((file) => recordedText(file).split('\n'));
  const isPositive = (text: string) =>
    /getstate\(\) = off/.test(text) || /error -11: /.test(text) || /^Total running VMs: \d/m.test(text);
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...lines), fc.string()), { maxLength: 5 }),
      fc.nat(255),
      (picked, code) => {
        const text = `${picked.join('\n')}\n`;
        fc.pre(!isPositive(text));
        for (const answer of [printed(text, code), complained(text, code)]) {
          expect(stateByVmwareCmd(answer).kind).not.toBe('off');
          expect(stateByVmrun(answer, () => false).kind).not.toBe('off');
          const seen = summaryOf(answer);
          if ('file' in seen) expect(text).toContain('vim.vm.Summary');
        }
      },
    ),
    { numRuns: 2000 },
  );
});
