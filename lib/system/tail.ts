import { fs } from './bun.ts';

/** The end of a file, at most so many bytes of it; nothing when it cannot be read, or is a symbolic link. */
export function tailOf(file: string, longest: number): string {
  try {
    const descriptor = fs().openSync(file, fs().constants.O_RDONLY | fs().constants.O_NOFOLLOW);
    try {
      const { size } = fs().fstatSync(descriptor);
      const bytes = Buffer.alloc(Math.min(size, longest));
      const read = fs().readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8', 0, read);
    } finally {
      fs().closeSync(descriptor);
    }
  } catch {
    return '';
  }
}
