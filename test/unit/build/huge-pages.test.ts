import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alignedToHugePages, alignToHugePages } from '../../../build/huge-pages.ts';
import { sectionsOf, segmentsOf } from '../../support/elf.ts';

let folder: string;
let file: string;
const before = readFileSync('/bin/cat');
let after: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ocf-virt-elf-'));
  file = join(folder, 'cat');
  copyFileSync('/bin/cat', file);
  chmodSync(file, 0o755);
  await alignToHugePages(file);
  after = readFileSync(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('an executable that is aligned to huge pages', () => {
  it('has a huge page of memory begin where one of its file does', () => {
    const misplaced = ({ offset, address }: { offset: number; address: number }) =>
      (address - offset) % (2 << 20) !== 0;
    expect(segmentsOf(before).filter(misplaced)).not.toEqual([]);
    expect(segmentsOf(after).filter(misplaced)).toEqual([]);
  });

  it('has the same bytes at the same addresses', () => {
    const contents = (elf: Buffer) =>
      segmentsOf(elf).map(({ offset, address, size }) => ({ address, bytes: elf.subarray(offset, offset + size) }));
    const [first, ...others] = contents(after);
    expect(others).toEqual(contents(before).slice(1));
    // The first one has the headers, which say where the others are.
    expect(first?.bytes.length).toBe(contents(before)[0]?.bytes.length);
  });

  it('has its sections where its table of them says', () => {
    const contents = (elf: Buffer) => sectionsOf(elf).map(({ offset, size }) => elf.subarray(offset, offset + size));
    expect(contents(before).length).toBeGreaterThan(10);
    expect(contents(after)).toEqual(contents(before));
    const last = (elf: Buffer) => segmentsOf(elf).at(-1)?.offset ?? 0;
    const further = last(after) - last(before);
    expect(after.length - before.length).toBe(further);
  });

  it('runs', () => {
    expect(execFileSync(file, { input: 'as before' }).toString()).toBe('as before');
  });

  it('is loaded to where a huge page of its file fits', () => {
    const own = execFileSync(file, ['/proc/self/maps'])
      .toString()
      .split('\n')
      .filter((line) => line.endsWith(file));
    expect(own.length).toBeGreaterThan(2);
    for (const line of own) {
      const [, start = '', offset = ''] = /^(\w+)-\w+ \S+ (\w+)/.exec(line) ?? [];
      expect((Number.parseInt(start, 16) - Number.parseInt(offset, 16)) % (2 << 20), line).toBe(0);
    }
  });

  it('stays as it is when it is aligned once more', () => {
    expect(alignedToHugePages(after).equals(after)).toBe(true);
  });
});

describe('refused is', () => {
  it('what is no executable', () => {
    expect(() => alignedToHugePages(Buffer.from('#!/bin/sh\n'))).toThrow('not a little-endian ELF file of 64 bits');
  });

  it('an executable whose headers would have to move', () => {
    const elf = Buffer.from(before);
    const first = Number(elf.readBigUInt64LE(0x20));
    const headers = Array.from({ length: elf.readUInt16LE(0x38) }, (_, index) => first + index * 56);
    const loaded = headers.find((at) => elf.readUInt32LE(at) === 1) ?? 0;
    elf.writeBigUInt64LE(0x1000n, loaded + 0x10);
    expect(() => alignedToHugePages(elf)).toThrow('its headers, which cannot move');
  });
});
