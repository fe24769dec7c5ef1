import { readFile, writeFile } from 'node:fs/promises';

const hugePage = 2 << 20;
const loadable = 1;

/**
 * Moves the segments of an executable (ELF, 64 bits, little-endian) within its file, so that a huge page of memory begins
 * where one of the file does. Linux can then map what the page cache holds of it by huge pages; otherwise each action maps
 * it by small ones. Addresses stay as they are.
 *
 * @throws Error when the file is no such executable, or is loaded in a way that this does not know.
 */
export async function alignToHugePages(file: string): Promise<void> {
  await writeFile(file, alignedToHugePages(await readFile(file)));
}

/** The same for the bytes of an executable. Fields and their places are those of elf(5). */
export function alignedToHugePages(elf: Buffer): Buffer {
  if (elf.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('not a little-endian ELF file of 64 bits');
  const at = (offset: number) => Number(elf.readBigUInt64LE(offset));
  const table = (first: number, size: number, count: number) =>
    Array.from({ length: count }, (_, i) => first + i * size);
  const segments = table(at(0x20), elf.readUInt16LE(0x36), elf.readUInt16LE(0x38));
  const sections = table(at(0x28), elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c));
  const loaded = segments.filter((segment) => elf.readUInt32LE(segment) === loadable);

  const gaps: { readonly before: number; readonly length: number }[] = [];
  const moved = (offset: number) =>
    gaps.reduce((sum, { before, length }) => (before <= offset ? sum + length : sum), offset);
  let end = 0;
  for (const segment of loaded) {
    const [before, address, size] = [at(segment + 0x08), at(segment + 0x10), at(segment + 0x20)];
    if (before < end || size === 0) throw new Error('its segments do not lie in the file one after the other');
    end = before + size;
    const length = (((address - moved(before)) % hugePage) + hugePage) % hugePage;
    if (length > 0 && before === 0) throw new Error('its headers, which cannot move, are loaded to no huge page');
    if (length > 0) gaps.push({ before, length });
  }

  const changed = Buffer.from(elf);
  const move = (field: number) => changed.writeBigUInt64LE(BigInt(moved(at(field))), field);
  for (const segment of segments) move(segment + 0x08);
  // Where nothing else says to what address the whole is loaded, this does (since Linux 5.10).
  for (const segment of loaded) changed.writeBigUInt64LE(BigInt(hugePage), segment + 0x30);
  for (const section of sections) move(section + 0x18);
  move(0x28);
  const starts = [0, ...gaps.map(({ before }) => before), changed.length];
  return Buffer.concat(
    starts.slice(1).flatMap((next, index) => {
      const gap = Buffer.alloc(gaps[index]?.length ?? 0);
      return [changed.subarray(starts[index], next), gap];
    }),
  );
}
