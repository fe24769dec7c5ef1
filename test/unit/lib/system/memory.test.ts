import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileMemory, privateFolder } from '../../../../lib/system/memory.ts';

interface Facts {
  readonly name: string;
}

const facts: Facts = { name: 'vm01' };
let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ocf-virt-memory-'));
  folder = join(parent, 'run');
});
afterEach(() => rmSync(parent, { recursive: true }));

const memory = (name = 'Xen-vm01') => fileMemory<Facts>(name, folder);

it('what was written is read, until it is forgotten', async () => {
  expect(memory().read()).toBeUndefined();
  memory().write(facts);
  expect(memory().read()).toEqual(facts);
  memory().write({ name: 'vm02' });
  expect(memory().read()).toEqual({ name: 'vm02' });
  memory().forget();
  expect(memory().read()).toBeUndefined();
  memory().forget();
});

it('only its owner can enter the folder or read the file, and nothing else is left in it', () => {
  memory().write(facts);
  memory().write(facts);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).toEqual(['Xen-vm01.json']);
  expect(statSync(join(folder, 'Xen-vm01.json')).mode & 0o777).toBe(0o600);
});

it('no name leads out of the folder, and names that are alike do not mix', async () => {
  const names = ['../../etc/x', 'a/b', 'a%2Fb', '.', '..', 'ä'];
  for (const name of names) memory(name).write({ name });
  for (const name of names) expect(memory(name).read()).toEqual({ name });
  expect(readdirSync(folder)).toHaveLength(names.length);
  expect(readdirSync(parent)).toEqual(['run']);
});

describe('a file that cannot be used', () => {
  it.each(['', '{', 'garbage', '\0\0\0', '{"name": "vm', 'null', '42', '"text"', '[]', 'true'])(
    'and holds %j is forgotten without an error, and written anew',
    async (text) => {
      mkdirSync(folder, { mode: 0o700 });
      writeFileSync(join(folder, 'Xen-vm01.json'), text);
      expect(memory().read()).toBeUndefined();
      memory().write(facts);
      expect(memory().read()).toEqual(facts);
    },
  );

  it('because it is a folder is no error', async () => {
    mkdirSync(join(folder, 'Xen-vm01.json'), { recursive: true, mode: 0o700 });
    expect(memory().read()).toBeUndefined();
    expect(() => memory().write(facts)).not.toThrow();
    expect(() => memory().forget()).not.toThrow();
  });
});

describe('a folder that is not to be trusted', () => {
  it('because it is a symbolic link is not written to', () => {
    const elsewhere = join(parent, 'elsewhere');
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, folder);
    memory().write(facts);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(() => privateFolder(folder)).toThrow('is not a folder of this user');
  });

  it.runIf(process.getuid?.() === 0)('because it belongs to somebody else is not written to', () => {
    mkdirSync(folder);
    chownSync(folder, 65_534, 65_534);
    memory().write(facts);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('because it is a file is no error', async () => {
    writeFileSync(folder, '');
    memory().write(facts);
    expect(memory().read()).toBeUndefined();
    expect(() => memory().forget()).not.toThrow();
  });
});
