import { dirname, join } from 'node:path';
import { tailOf } from '../../system/tail.ts';

/** The end of a log in bytes that is looked at. */
const tailBytes = 64 * 1024;

/**
 * The last question or error that VMware wrote into the vmware.log of a VM since a time; undefined when there is none.
 * For toolstacks that only say "The operation was canceled".
 */
export function lastMessage(vmxpath: string, sinceMs: number): string | undefined {
  return messageIn(tailOf(join(dirname(vmxpath), 'vmware.log'), tailBytes, sinceMs));
}

/** The texts `[msg.…] …` of the last block of messages in a log, without their ids. */
export function messageIn(log: string): string | undefined {
  const lines = log.split(/\r?\n/);
  const isText = (line: string | undefined) => /\[msg\.[\w.]+\] /.test(line ?? '');
  const last = lines.findLastIndex(isText);
  if (last < 0) return undefined;
  let first = last;
  while (isText(lines[first - 1])) first -= 1;
  return lines
    .slice(first, last + 1)
    .map((line) => line.replace(/^.*?\[msg\.[\w.]+\] /, ''))
    .join(' ');
}
