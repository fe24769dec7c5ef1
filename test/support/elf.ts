/** The parts of an executable (ELF, 64 bits, little-endian) that are loaded: where in its file and in memory, in bytes. */
export function segmentsOf(elf: Buffer): readonly { offset: number; address: number; size: number }[] {
  const number = (at: number) => Number(elf.readBigUInt64LE(at));
  const first = number(0x20);
  const loadable = Array.from({ length: elf.readUInt16LE(0x38) }, (_, index) => first + index * 56).filter(
    (at) => elf.readUInt32LE(at) === 1,
  );
  return loadable.map((at) => ({ offset: number(at + 8), address: number(at + 16), size: number(at + 32) }));
}
