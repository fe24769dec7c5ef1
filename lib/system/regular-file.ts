import type { Stats } from 'node:fs';
import { fs } from './bun.ts';

/** An open file, and what the system says of it. */
interface OpenFile extends Pick<Stats, 'size' | 'mtimeMs' | 'mode' | 'uid'> {
  readonly descriptor: number;
}

/**
 * Uses a file that somebody else may have put there: a pipe, which would be waited for, and a device, which has no end,
 * are refused.
 *
 * @param links whether a symbolic link is followed.
 * @throws Error with a `code` when it cannot be opened, or is no regular file (ENOTSUP).
 */
export function withRegularFile<Result>(
  path: string,
  links: 'followed' | 'refused',
  use: (file: OpenFile) => Result,
): Result {
  const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = fs().constants;
  const descriptor = fs().openSync(path, O_RDONLY | O_NONBLOCK | (links === 'refused' ? O_NOFOLLOW : 0));
  try {
    const found = fs().fstatSync(descriptor);
    if (!found.isFile()) throw coded('ENOTSUP', `${path} is no regular file`);
    const { size, mtimeMs, mode, uid } = found;
    return use({ descriptor, size, mtimeMs, mode, uid });
  } finally {
    fs().closeSync(descriptor);
  }
}

/**
 * Reads a regular file of at most `longest` bytes, following symbolic links.
 *
 * @throws Error with a `code`: that of the system, ENOTSUP for what is no regular file, EFBIG for a longer one.
 */
export function readRegularFile(path: string, longest: number): Buffer {
  return withRegularFile(path, 'followed', ({ descriptor, size }) => {
    if (size > longest) throw coded('EFBIG', `${path} is longer than ${longest} bytes`);
    return fs().readFileSync(descriptor);
  });
}

const coded = (code: string, message: string) => Object.assign(new Error(message), { code });
