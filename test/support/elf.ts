/** A part of an ELF file (64 bits, little-endian): where it is in its file and in memory, in bytes. */
interface Part {
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

const number = (elf: Buffer, at: number) => Number(elf.readBigUInt64LE(at));
const entries = (elf: Buffer, first: number, size: number, count: number) =>
  Array.from({ length: elf.readUInt16LE(count) }, (_, index) => number(elf, first) + index * elf.readUInt16LE(size));

const partOf = (elf: Buffer, at: number, offset: number, address: number): Part => ({
  offset: number(elf, at + offset),
  address: number(elf, at + address),
  size: number(elf, at + 0x20),
});

/** The segments that are loaded. */
export function segmentsOf(elf: Buffer): readonly Part[] {
  const loadable = entries(elf, 0x20, 0x36, 0x38).filter((at) => elf.readUInt32LE(at) === 1);
  return loadable.map((at) => partOf(elf, at, 0x08, 0x10));
}

/** The sections that the file has bytes of. */
export function sectionsOf(elf: Buffer): readonly Part[] {
  const withoutBytes = 8;
  const filled = entries(elf, 0x28, 0x3a, 0x3c).filter((at) => elf.readUInt32LE(at + 4) !== withoutBytes);
  return filled.map((at) => partOf(elf, at, 0x18, 0x10));
}
