import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseVmx, vmxValue, vmxValues } from '../../../../../lib/hypervisor/vmware/vmx-file.ts';
import { recordedText } from '../../../../support/vmware-recordings.ts';

const parse = (text: string) => parseVmx(Buffer.from(text));
const value = (text: string, name: string) => vmxValue(parse(text), name);

describe('a .vmx file', () => {
  it.each([
    ['e01-server104-ubuntu5.vmx.txt', 'Ubuntu 5', '4', undefined],
    ['e02-server104-winxp-nat.vmx.txt', 'Windows XP Professional', '4', undefined],
    ['e03-gsx-server1.vmx.txt', 'Server1', '4', 'create'],
    ['e04-gsx-router-2nics.vmx.txt', 'Router', '4', 'create'],
    ['e05-gsx-client-vmxf.vmx.txt', 'Client', '4', 'create'],
    ['e06-workstation6-winxp.vmx.txt', 'Windows XP Professional', '6', undefined],
    ['e07-fusion-hw9-encoding-line.vmx.txt', 'ATTM_VM', '9', undefined],
  ])('%s is read', (file, name, version, action) => {
    for (const text of [
      recordedText(file),
      recordedText(file).replaceAll('\n', '\r\n'),
      recordedText(file).replaceAll('\n', '\r'),
    ]) {
      const vmx = parse(text);
      expect(vmxValue(vmx, 'displayname')).toBe(name);
      expect(vmxValue(vmx, 'virtualHW.version')).toBe(version);
      expect(vmxValue(vmx, 'uuid.action')).toBe(action);
      // Every line but comments and empty ones is well-formed.
      const lines = text.split(/\r\n|\n|\r/).filter((line) => line !== '' && !line.startsWith('#'));
      expect([...vmx.values()].flat()).toHaveLength(lines.length);
    }
  });

  it.each([
    ['a = my disk.vmdk', 'a blank in a value without quotes'],
    ['a = "my disk', 'a quote that is not closed'],
    ['a = "x" y', 'something behind the value'],
    ['a b = "x"', 'a blank in the name'],
    ['= "x"', 'no name'],
    ['a', 'no value'],
    ['# a = "x"', 'a comment'],
    ['a = x"y z"', 'a quote inside a value, and a blank'],
  ])('%j sets nothing: %s', (line) => {
    expect(parse(`${line}\nb = "1"\n`)).toEqual(new Map([['b', ['1']]]));
  });

  it.each([
    ['a = "x"', 'x'],
    ['  a\t=\t"x"  # "y"', 'x'],
    ['a="x # y"', 'x # y'],
    ['a = x#y', 'x'],
    ['a = x', 'x'],
    ['a =', ''],
    ['a = ""', ''],
    ['a = "say |22hi|22 |7C"', 'say "hi" |'],
    ['a = K|c3|BCche', 'Küche'],
    ['a = "|2"', '|2'],
    ['a = x"y"', 'x"y"'],
    ['A = "x"', 'x'],
  ])('%j sets a to %j', (line, expected) => {
    expect(value(line, 'A')).toBe(expected);
  });

  it('is read in the encoding that it names, else as UTF-8, else as the western code page', () => {
    const name = (encoding: string, bytes: number[]) =>
      parseVmx(Buffer.concat([Buffer.from(`${encoding}displayName = "K`), Buffer.from(bytes), Buffer.from('che"\n')]));
    expect(vmxValue(name('.encoding = "UTF-8"\n', [0xc3, 0xbc]), 'displayName')).toBe('Küche');
    expect(vmxValue(name('.encoding = "windows-1252"\n', [0xfc]), 'displayName')).toBe('Küche');
    expect(vmxValue(name('', [0xfc]), 'displayName')).toBe('Küche');
    expect(vmxValue(name('', [0xc3, 0xbc]), 'displayName')).toBe('Küche');
    expect(vmxValue(name('.encoding = "no such"\n', [0xfc]), 'displayName')).toBe('Küche');
    expect(vmxValue(name('\ufeff', [0xc3, 0xbc]), 'displayName')).toBe('Küche');
  });

  it('keeps both values of a name that stands twice, and has none for it where they differ', () => {
    const vmx = parse('a = "1"\nA = "2"\nb = "3"\nb = "3"\n');
    expect(vmxValues(vmx, 'a')).toEqual(['1', '2']);
    expect([vmxValue(vmx, 'a'), vmxValue(vmx, 'b'), vmxValue(vmx, 'c')]).toEqual([undefined, '3', undefined]);
  });

  it('whatever it holds, is read to its end, and what VMware writes comes back as it was', () => {
    const written = (text: string) =>
      [...Buffer.from(text)]
        .map((byte) =>
          byte === 0x22 || byte === 0x7c || byte === 0x7f || (byte < 0x20 && byte !== 9)
            ? `|${byte.toString(16).toUpperCase().padStart(2, '0')}`
            : String.fromCharCode(byte),
        )
        .join('');
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void parseVmx(bytes)));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.stringMatching(/^[a-z][a-zA-Z0-9.:]{0,12}$/), fc.string({ unit: 'grapheme' }))),
        (pairs) => {
          const text = pairs.map(([name, content]) => `${name} = "${written(content)}"\n`).join('');
          const vmx = parseVmx(Buffer.from(text, 'latin1'));
          expect([...vmx.values()].flat()).toHaveLength(pairs.length);
          for (const [name, content] of pairs) expect(vmxValues(vmx, name)).toContain(content);
        },
      ),
    );
  });

  it('every recording of another thing is no .vmx file that sets a displayName', () => {
    const others = readdirSync('test/fixtures/vmware').filter((file) => /^[abcd]\d\d/.test(file));
    for (const file of others) expect(value(recordedText(file), 'displayName')).toBeUndefined();
  });
});
