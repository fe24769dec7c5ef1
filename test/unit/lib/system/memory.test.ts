import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OcfError } from '../../../../lib/ocf/error.ts';
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

  it('because it is a symbolic link is not read from, until it is a folder', () => {
    const elsewhere = join(parent, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'Xen-vm01.json'), JSON.stringify({ name: 'planted' }));
    symlinkSync(elsewhere, folder);
    expect(() => privateFolder(folder)).toThrow();
    expect(memory().read()).toBeUndefined();
    rmSync(folder);
    memory().write(facts);
    expect(memory().read()).toEqual(facts);
  });

  it('because it is a link to nowhere is not made behind the link', () => {
    symlinkSync(join(parent, 'nowhere'), folder);
    expect(() => privateFolder(folder)).toThrow(OcfError);
    expect(readdirSync(parent)).toEqual(['run']);
  });

  it.runIf(process.getuid?.() === 0).each([0o777, 0o1777, 0o770, 0o702])(
    'because others could write to it (%o) is closed, and what they left is removed',
    (mode) => {
      memory('Xen-vm02').write(facts);
      chmodSync(folder, mode);
      const victim = join(parent, 'victim');
      writeFileSync(victim, 'untouched');
      writeFileSync(join(folder, 'Xen-vm01.json'), JSON.stringify({ name: 'planted' }));
      symlinkSync(victim, join(folder, 'Xen-vm03.json'));
      for (const name of ['Xen-vm01.json', 'Xen-vm03.json']) lchownSync(join(folder, name), 65_534, 65_534);
      privateFolder(folder);
      expect(statSync(folder).mode & 0o7777).toBe(0o700);
      expect(readdirSync(folder)).toEqual(['Xen-vm02.json']);
      expect(readFileSync(victim, 'utf8')).toBe('untouched');
      expect(memory().read()).toBeUndefined();
    },
  );

  it.runIf(process.getuid?.() === 0)('because a folder of somebody else with content lies in it is refused', () => {
    mkdirSync(join(folder, 'actions'), { recursive: true });
    writeFileSync(join(folder, 'actions', 'mark'), '');
    chownSync(join(folder, 'actions'), 65_534, 65_534);
    chmodSync(folder, 0o777);
    expect(() => privateFolder(folder)).toThrow(OcfError);
    expect(readdirSync(join(folder, 'actions'))).toEqual(['mark']);
  });

  it('may be readable for others, as a log folder is made by some', () => {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    privateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o755);
  });

  it.each([0, 0o077, 0o777])('is none that this user makes, whatever the umask (%o)', (mask) => {
    // Not by process.umask(), which a worker cannot change.
    const module = join(import.meta.dirname, '../../../../lib/system/memory.ts');
    const script = `import { fileMemory } from ${JSON.stringify(module)};
      process.umask(${mask});
      fileMemory('Xen-vm01', ${JSON.stringify(folder)}).write({ name: 'vm01' });`;
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(statSync(folder).mode & 0o077).toBe(0);
    expect(readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0)).toEqual([]);
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
