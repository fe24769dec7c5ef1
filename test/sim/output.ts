import { writeSync } from 'node:fs';
import { sleep } from './clock.ts';
import { memoryHost } from './memory-host.ts';

let held = '';

/** Prints to stdout when the command ends, so that a fault can cut or replace it. */
export function out(text: string): void {
  const host = memoryHost();
  if (host) host.stdout += text;
  else held += text;
}

/** What the command has printed to stdout so far. */
export function printed(): string {
  return held;
}

/** Prints to stderr at once. A reader that went away does not stop a toolstack. */
export function err(text: string): void {
  const host = memoryHost();
  if (host) {
    host.stderr += text;
    return;
  }
  try {
    writeAll(2, text);
  } catch {}
}

/** Writes everything, also to a pipe that does not block. */
export function writeAll(fd: number, data: string | Uint8Array): void {
  const host = memoryHost();
  if (host) {
    host.stdout += data;
    return;
  }
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      sleep(5);
    }
  }
}
