import { fs } from './bun.ts';
import { withRegularFile } from './regular-file.ts';

/**
 * The end of a file, at most so many bytes of it; nothing when it cannot be read, is a symbolic link, or was written last
 * before `sinceMs`, in milliseconds since 1970.
 */
export function tailOf(file: string, longest: number, sinceMs = 0): string {
  try {
    return withRegularFile(file, 'refused', ({ descriptor, size, mtimeMs }) => {
      if (mtimeMs < sinceMs) return '';
      const bytes = Buffer.alloc(Math.min(size, longest));
      const read = fs().readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8', 0, read);
    });
  } catch {
    return '';
  }
}
