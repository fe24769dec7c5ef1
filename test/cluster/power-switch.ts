import { constants, openSync, renameSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';

/** One request of a fence agent, and what came of it. */
export interface Fencing {
  /** Milliseconds since the epoch, when the answer was given. */
  readonly time: number;
  readonly action: string;
  readonly node: string;
  /** The node that asked. */
  readonly by: string;
  readonly answer: 'on' | 'off' | 'failed';
}

/** The power switch outside the nodes. */
export interface PowerSwitch {
  /** Every request so far that switched something. */
  readonly log: readonly Fencing[];
  close(): void;
}

/**
 * Serves the requests that fence agents write into the FIFO `requests` of a folder that every node has.
 *
 * @param act carries out one action and returns the power state after it.
 */
export async function startPowerSwitch(
  folder: string,
  act: (action: string, node: string) => Promise<'on' | 'off'>,
): Promise<PowerSwitch> {
  const fifo = join(folder, 'requests');
  await execa('mkfifo', [fifo], { timeout: 5000 });
  // Open for writing too: else every agent that closes its end would be an end of file.
  const socket = new Socket({ fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
  const log: Fencing[] = [];
  let isOpen = true;
  createInterface({ input: socket }).on('line', (line) => void serve(line));
  const serve = async (line: string) => {
    const [action = '', node = '', asker = ''] = line.split(' ');
    const answer = await act(action, node).catch((error: unknown) => {
      console.error(`power switch: ${line}: ${error instanceof Error ? error.message : error}`);
      return 'failed' as const;
    });
    if (action !== 'status') log.push({ time: Date.now(), action, node, by: asker.replace(/\.\d+$/, ''), answer });
    if (!isOpen) return;
    const reply = join(folder, `reply.${asker}`);
    writeFileSync(`${reply}.new`, `${answer}\n`);
    renameSync(`${reply}.new`, reply);
  };
  const close = () => {
    isOpen = false;
    socket.destroy();
  };
  return { log, close };
}
